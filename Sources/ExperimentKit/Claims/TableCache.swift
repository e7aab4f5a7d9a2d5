import Store

/// The table files that claims need, each read once.
struct TableCache {
  private let folder: String
  private let experiment: String
  private var files: [String: CSVTable?] = [:]

  init(folder: String, experiment: String) {
    self.folder = folder
    self.experiment = experiment
  }

  /// The rows that a selection may choose from; nil when the file is missing.
  mutating func table(_ selection: Selection, profile: String) throws -> ResultTable? {
    let path = path(of: selection)
    return try file(path).map {
      try ResultTable(
        $0, table: selection.table, metric: selection.metric, profile: profile, file: path)
    }
  }

  /// The profiles that have rows in the tables of some claims, the quickest first.
  mutating func profiles(of claims: [Claim]) throws -> [String] {
    var found: Set<String> = []
    for claim in claims {
      for selection in claim.measures.values.flatMap(\.selections)
      where selection.experiment == nil {
        guard let csv = try file(path(of: selection)), let column = csv.column("profile") else {
          continue
        }
        found.formUnion(csv.rows.map { $0[column] })
      }
    }
    let known = ManifestProfile.names.filter(found.contains)
    return known + found.subtracting(known).sorted()
  }

  private func path(of selection: Selection) -> String {
    guard let other = selection.experiment, other != experiment else {
      return "\(folder)/\(selection.table.name).csv"
    }
    return "\(folder)/../\(other)/\(selection.table.name).csv"
  }

  private mutating func file(_ path: String) throws -> CSVTable? {
    if let known = files[path] { return known }
    let table = Folder.exists(path) ? try CSVTable.read(path) : nil
    files[path] = table
    return table
  }
}
