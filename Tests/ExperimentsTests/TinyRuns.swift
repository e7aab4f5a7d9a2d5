import ExperimentKit
import Experiments
import Store
import Testing

/// Runs of experiments that are small enough to be repeated in tests.
enum TinyRun {
  /// The configuration of the first run of the smoke profile, with changes.
  static func configuration(
    _ experiment: String, variant: String? = nil, _ changes: [(String, String)] = []
  ) throws -> (experiment: any Experiment, configuration: JSONValue) {
    let registry = AllExperiments.registry
    let manifest = try Manifest.load(Repository.manifest(experiment), registry: registry)
    let sets = try changes.map { try SettingOverride.parse("\($0)=\($1)") }
    let runs = try manifest.resolve(profile: "smoke", sets: sets)
    let run = try #require(runs.first { variant == nil || $0.variant == variant })
    return (manifest.experiment, run.configuration)
  }

  /// Runs a configuration in memory.
  static func run(
    _ subject: (experiment: any Experiment, configuration: JSONValue), seed: Int = 0
  ) throws -> RunContext {
    let context = try RunContext(seed: seed)
    try subject.experiment.run(configuration: subject.configuration, context)
    return context
  }
}

extension RunContext {
  /// The value of a row.
  func value(_ table: Table, _ keys: [String], _ metric: String) throws -> Double {
    let rows = records(of: table).filter { $0.keys == keys && $0.metric == metric }
    return try #require(rows.first, "\(table.name) \(keys) \(metric)").value
  }

  /// The different texts of a key column.
  func texts(_ table: Table, _ position: Int) -> Set<String> {
    Set(records(of: table).map { $0.keys[position] })
  }

  /// All rows as texts, to compare runs bit for bit.
  var rows: [String] {
    recordedTables.flatMap { table in
      records(of: table).map {
        "\(table.name) \($0.keys) \($0.metric) \($0.value.bitPattern)"
      }
    }
  }
}
