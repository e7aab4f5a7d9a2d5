import CommandLine
import ExperimentKit
import Foundation
import Store

/// What `modlab tune` has found: a table for people, one for programs, and the lines for the manifest.
struct TuneReport {
  /// A point with what it has measured.
  private struct Row {
    let visit: BetaSearch.Visit
    let label: ResultLabel
    let seeds: [SeedResult]
    /// How many claims hold, of those that are decided; nil where one stage has masks alone.
    let claims: (holding: Int, decided: Int)?
    /// Mean of `shared_frac` over the stages but the first; nil where there are no two of them to share.
    let sharedFraction: Double?
  }

  /// The search of one configuration.
  private struct Part {
    let name: String
    let profile: String
    let progress: BetaSearch.Progress
    let rows: [Row]
  }

  private let study: String
  private let parts: [Part]

  /// Whether a β was found for every configuration.
  var isFound: Bool { parts.allSatisfy { $0.progress.found != nil } }

  /// Collects what a sweeper's searches have come to.
  init(_ sweeper: BetaSweeper, _ results: any StudyResults, _ manifest: Manifest) throws {
    study = results.study
    parts = try sweeper.subjects.map { subject in
      let progress = try sweeper.follow(subject, results)
      let groups = try sweeper.groups(of: subject, in: results)
      let rows = try progress.visits.compactMap { visit -> Row? in
        guard let label = groups.first(where: { $0.point == visit.point })?.label else {
          return nil
        }
        let isWhole = visit.point.isWhole
        return Row(
          visit: visit, label: label, seeds: try SeedResult.all(of: label, in: results),
          claims: isWhole ? try Self.claims(of: manifest, label, results) : nil,
          sharedFraction: isWhole ? try Self.sharedFraction(label, results) : nil)
      }
      return Part(
        name: BetaSweeper.name(subject.variant), profile: subject.variant.profile,
        progress: progress, rows: rows)
    }
  }

  private static func claims(
    of manifest: Manifest, _ label: ResultLabel, _ results: any StudyResults
  ) throws -> (holding: Int, decided: Int) {
    let checker = ClaimChecker(OneConfiguration(results, label)) { _ in nil }
    let decided = try checker.check(manifest.claims, profiles: [label.profile]).compactMap(\.holds)
    return (decided.count { $0 }, decided.count)
  }

  private static func sharedFraction(
    _ label: ResultLabel, _ results: any StudyResults
  ) throws -> Double? {
    let found = try results.rows(of: "layer_stats").filter {
      $0.label == label && $0.metric == "shared_frac" && $0.keys[1] == "all" && $0.value.isFinite
    }
    guard Set(found.map { $0.keys[0] }).count > 1 else { return nil }
    return found.reduce(0) { $0 + $1.value } / Double(found.count)
  }

  // MARK: For programs

  /// Writes `tune.csv`: a row for every point and seed.
  func write(to path: String) throws {
    let header = [
      "study", "configuration", "profile", "purpose", "beta", "steps", "stages", "seed",
      "accuracy_network", "accuracy", "drop", "kept_frac", "kept", "settled", "verdict",
      "shared_frac", "claims_holding", "claims_decided", "found_beta",
    ]
    let rows = parts.flatMap { part in
      part.rows.flatMap { row in row.seeds.map { cells(part, row, $0) } }
    }
    try AtomicFile.write(CSVTable(header: header, rows: rows).serialized(), to: path)
  }

  private func cells(_ part: Part, _ row: Row, _ seed: SeedResult) -> [String] {
    let point = row.visit.point
    var cells = [study, part.name, part.profile, row.visit.purpose.rawValue]
    cells += [CSVNumber.format(point.beta), String(point.steps), point.isWhole ? "all" : "first"]
    cells.append(String(seed.seed))
    for value in [seed.unmasked, seed.accuracy, seed.unmasked - seed.accuracy, seed.keptFraction] {
      cells.append(CSVNumber.format(value))
    }
    let kept = seed.kept.map { "\($0.layer)=\(CSVNumber.format($0.count))" }
    cells += [kept.joined(separator: " "), seed.hasSettled ? "1" : "0"]
    cells.append(row.visit.holds ? "holds" : "drops")
    cells.append(row.sharedFraction.map(CSVNumber.format) ?? "")
    cells.append(row.claims.map { String($0.holding) } ?? "")
    cells.append(row.claims.map { String($0.decided) } ?? "")
    cells.append(part.progress.found.map(CSVNumber.format) ?? "")
    return cells
  }

  // MARK: For people

  /// Shows tables, what was found, and the lines for the manifest.
  func show(_ console: Console, folder: String) throws {
    for part in parts {
      try console.result(
        Style.bold.paint("\(part.name) (\(part.profile))", console.isOutputColored) + "\n"
          + table(part).rendered() + conclusion(part) + "\n")
      try console.record(
        "modlab-tune-1",
        [
          "study": .string(study), "configuration": .string(part.name),
          "profile": .string(part.profile),
          "beta": part.progress.found.map(JSONValue.number) ?? .null,
          "steps": .integer(part.progress.steps),
          "problem": part.progress.problem.map(JSONValue.string) ?? .null,
          "points": .array(part.rows.map(json)),
        ])
    }
    console.message("the table is \(folder)/tune.csv; plots/tune.py draws it")
  }

  private func table(_ part: Part) -> TextTable {
    var table = TextTable([
      ("for", .left), ("β", .right), ("steps", .right), ("accuracy", .right), ("drop", .right),
      ("kept", .right), ("settled", .left), ("shared", .right), ("claims", .right),
      ("verdict", .left),
    ])
    for row in part.rows {
      let (point, measured) = (row.visit.point, row.visit.measurement)
      let kept = row.seeds.reduce(0) { $0 + $1.keptFraction } / Double(max(row.seeds.count, 1))
      table.add([
        row.visit.purpose.rawValue, CSVNumber.format(point.beta), String(point.steps),
        Self.share(measured.accuracy), Self.share(measured.drop), Self.share(kept),
        measured.hasSettled ? "yes" : "no", row.sharedFraction.map(Self.share) ?? "",
        row.claims.map { "\($0.holding) of \($0.decided)" } ?? "",
        row.visit.holds ? "holds" : "drops",
      ])
    }
    return table
  }

  private func conclusion(_ part: Part) -> String {
    guard let beta = part.progress.found else {
      return "no β was found: \(part.progress.problem ?? "runs are missing")\n"
    }
    let settled = part.rows.filter { $0.visit.purpose != .validity }.last?.visit.measurement
    return "the line for the manifest, at this size:\n"
      + "mask: {beta: \(CSVNumber.format(beta)), steps: \(part.progress.steps)}\n"
      + (settled?.hasSettled == false
        ? "the masks have not settled: more steps would remove more weights\n" : "")
  }

  private func json(_ row: Row) -> JSONValue {
    let (point, measured) = (row.visit.point, row.visit.measurement)
    return [
      "purpose": .string(row.visit.purpose.rawValue), "beta": .number(point.beta),
      "steps": .integer(point.steps), "stages": .string(point.isWhole ? "all" : "first"),
      "accuracy": .number(measured.accuracy), "drop": .number(measured.drop),
      "settled": .bool(measured.hasSettled), "holds": .bool(row.visit.holds),
    ]
  }

  /// A share with four decimals.
  private static func share(_ value: Double) -> String { String(format: "%.4f", value) }
}

/// The results of one configuration as those of a study that has no other.
private struct OneConfiguration: StudyResults {
  let results: any StudyResults
  let label: ResultLabel
  /// Positions of the axes that stay.
  private let places: [Int]

  init(_ results: any StudyResults, _ label: ResultLabel) {
    self.results = results
    self.label = label
    places = results.axes.indices.filter { !BetaSweeper.chooses(results.axes[$0]) }
  }

  var study: String { results.study }
  var axes: [String] { places.map { results.axes[$0] } }
  var groups: [ResultGroup] {
    results.groups.filter { $0.label == label }.map { ResultGroup(label: own, seeds: $0.seeds) }
  }

  func rows(of table: String) throws -> [ResultRow] {
    try results.rows(of: table).filter { $0.label == label }.map {
      ResultRow(label: own, seed: $0.seed, keys: $0.keys, metric: $0.metric, value: $0.value)
    }
  }

  private var own: ResultLabel {
    ResultLabel(
      variant: label.variant, profile: label.profile, values: places.map { label.values[$0] })
  }
}
