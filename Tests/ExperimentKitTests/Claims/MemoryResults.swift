import ExperimentKit
import Store

/// Results of a study, made for one test.
struct MemoryResults: StudyResults {
  var study = "toy"
  var axes: [String] = []
  private var planned: [ResultLabel: [Int: ResultGroup.State]] = [:]
  private var rows: [String: [ResultRow]] = [:]

  init(axes: [String] = []) { self.axes = axes }

  var groups: [ResultGroup] {
    planned.map { ResultGroup(label: $0.key, seeds: $0.value) }
      .sorted { ResultLabel.precedes($0.label, $1.label) }
  }

  func rows(of table: String) throws -> [ResultRow] { rows[table] ?? [] }

  /// Adds one value per seed.
  mutating func add(
    _ table: Table, _ keys: [String], _ metric: String, _ values: [Double],
    variant: String = "main", profile: String = "quick", axes: [String] = []
  ) {
    let label = ResultLabel(variant: variant, profile: profile, values: axes)
    for (seed, value) in values.enumerated() {
      if planned[label]?[seed] == nil { planned[label, default: [:]][seed] = .complete }
      rows[table.name, default: []].append(
        ResultRow(label: label, seed: seed, keys: keys, metric: metric, value: value))
    }
  }

  /// Adds a planned seed without rows.
  mutating func add(
    seed: Int, _ state: ResultGroup.State, variant: String = "main", profile: String = "quick",
    axes: [String] = []
  ) {
    planned[ResultLabel(variant: variant, profile: profile, values: axes), default: [:]][seed] =
      state
  }

  /// Checks one claim against the results.
  func check(
    _ measure: String, _ rest: String = "holds: {above: 0}", profiles: [String]? = nil,
    others: [MemoryResults] = []
  ) throws -> [ClaimResult] {
    try ClaimChecker(self) { name in others.first { $0.study == name } }
      .check(claims(measure, rest), profiles: profiles)
  }

  /// What a measure is worth under the controls of its tables.
  func controls(
    _ measure: String, _ rest: String = "holds: {above: 0}"
  ) throws -> [(control: String, result: ClaimResult)] {
    try ClaimChecker(self) { _ in nil }.controls(of: claims(measure, rest))
  }

  private func claims(_ measure: String, _ rest: String) throws -> [Claim] {
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
    return try Manifest(text: text, path: "m.yaml", registry: toyRegistry).claims
  }
}
