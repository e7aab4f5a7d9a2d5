import Store

extension RunContext {
  /// The rows of a table of another study in the same folder of results: those of its complete runs in
  /// the profile of this run, as the last `modlab run` or `summarize` of that study has put them
  /// together.
  ///
  /// The file counts as one of the data of the run: its digest is on record, and when it has changed,
  /// the run is computed anew. So it is read before the first step.
  ///
  /// - Returns: the rows in the order of the file; at least one. Labels hold the values of the swept
  ///   settings in the order of the columns.
  /// - Throws: ``Failure``: (run failed) when there are none; (corrupt) when the file is not what
  ///   `modlab` writes.
  public func rows(of table: Table, study: String) throws -> [ResultRow] {
    guard let resultsFolder else {
      throw Failure(.runFailed, "without a folder of results no other study can be read")
    }
    let path = "\(resultsFolder)/\(study)/\(table.name).csv"
    guard Folder.exists(path) else {
      throw missing(study, why: "there is no \(Failure.quote(path: path))")
    }
    try openData { try $1(path) }
    let rows = try Self.rows(of: table, CSVTable.read(path, missing: .corrupt), path: path)
      .filter { $0.label.profile == profile }
    guard !rows.isEmpty else {
      throw missing(
        study, why: "\(Failure.quote(path: path)) has no rows of the profile '\(profile)'")
    }
    return rows
  }

  private func missing(_ study: String, why: String) -> Failure {
    Failure(
      .runFailed, "there are no results of the study '\(study)'", why: why,
      help:
        "run '\(study)' with '--profile \(profile)' into the same folder of results, and then this "
        + "study with '--retry failed'")
  }

  private static func rows(
    of table: Table, _ csv: CSVTable, path: String
  ) throws -> [ResultRow] {
    let (label, keys) = (["study", "variant", "profile"], table.keys.map(\.name))
    let tail = ["seed"] + keys + ["metric", "value"]
    guard Array(csv.header.prefix(label.count)) == label,
      csv.header.count >= label.count + tail.count,
      Array(csv.header.suffix(tail.count)) == tail
    else {
      throw Failure(
        .corrupt, "\(path) is damaged",
        why: "it needs the columns \((label + tail).joined(separator: ", "))",
        help: "'modlab summarize' writes it anew")
    }
    let axes = label.count..<(csv.header.count - tail.count)
    let first = axes.upperBound
    return try csv.rows.enumerated().map { index, row in
      guard let value = try CSVNumber.parse(row[row.count - 1]), let seed = Int(row[first]) else {
        throw Failure(
          .corrupt, "\(path):\(index + 2): the value or the seed is missing",
          help: "'modlab summarize' writes it anew")
      }
      return ResultRow(
        label: ResultLabel(variant: row[1], profile: row[2], values: Array(row[axes])),
        seed: seed, keys: Array(row[(first + 1)..<(first + 1 + keys.count)]),
        metric: row[row.count - 2], value: value)
    }
  }
}
