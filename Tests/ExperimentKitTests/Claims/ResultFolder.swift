import ExperimentKit
import Store
import TestSupport

/// Tables of an output folder, written for one test.
struct ResultFolder {
  var experiment = "toy"
  var axes: [String] = []
  private(set) var rows: [String: [[String]]] = [:]

  init(axes: [String] = []) { self.axes = axes }

  /// Adds one value per seed.
  mutating func add(
    _ table: Table, _ keys: [String], _ metric: String, _ values: [Double],
    variant: String = "main",
    profile: String = "quick", axes: [String] = []
  ) {
    for (seed, value) in values.enumerated() {
      rows[table.name, default: []].append(
        [experiment, variant, profile] + axes + [String(seed)] + keys
          + [metric, CSVNumber.format(value)])
    }
  }

  /// Writes the tables below a folder.
  func write(to folder: String) throws {
    try Folder.create(at: "\(folder)/\(experiment)")
    for (name, rows) in rows {
      let keys = Table.named(name)?.keys.map(\.name) ?? []
      let header =
        ["experiment", "variant", "profile"] + axes + ["seed"] + keys + ["metric", "value"]
      try CSVTable(header: header, rows: rows).write(to: "\(folder)/\(experiment)/\(name).csv")
    }
  }

  /// Checks one claim against the tables.
  func check(
    _ measure: String, _ rest: String = "holds: {above: 0}", profiles: [String]? = nil,
    others: [ResultFolder] = []
  ) throws -> [ClaimResult] {
    let text = """
      schema: 1
      experiment: toy
      variants: {main: {}, small: {}, big: {}}
      claims:
        - id: a
          claim: b
          source: c
          published: d
          measure: '\(measure)'
          \(rest.replacing("\n", with: "\n    "))
      """
    let manifest = try Manifest(text: text, path: "m.yaml", registry: toyRegistry)
    return try withTemporaryFolder { folder in
      try write(to: folder)
      for other in others { try other.write(to: folder) }
      return try ClaimChecker(folder: "\(folder)/\(experiment)", experiment: experiment)
        .check(manifest.claims, profiles: profiles)
    }
  }
}
