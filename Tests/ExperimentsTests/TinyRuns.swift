import ExperimentKit
import Experiments
import Store
import Tensors
import TestSupport
import Testing

/// Runs of experiments that are small enough to be repeated in tests.
enum TinyRun {
  /// The configuration of the first run of the smoke profile, with changes.
  static func configuration(
    _ experiment: String, variant: String? = nil, _ changes: [(String, String)] = []
  ) throws -> (experiment: any Kind, configuration: JSONValue) {
    let registry = AllKinds.registry
    let manifest = try Manifest.load(Repository.manifest(experiment), registry: registry)
    let sets = try changes.map { try SettingOverride.parse("\($0)=\($1)") }
    let runs = try manifest.resolve(profile: "smoke", sets: sets)
    let run = try #require(runs.first { variant == nil || $0.variant == variant })
    return (manifest.kind, run.configuration)
  }

  /// The prepared first run of the smoke profile, and a weight for every parameter of its network.
  static func prepared(
    _ experiment: String, weight: (Architecture.Row) -> Tensor<Float>
  ) throws -> (prepared: any PreparedRun, weights: [String: Tensor<Float>]) {
    let (kind, configuration) = try configuration(experiment)
    let prepared = try kind.prepare(json: configuration)
    var weights: [String: Tensor<Float>] = [:]
    for row in try prepared.describe().rows where !row.role.isEmpty {
      weights[row.layer] = weight(row)
    }
    return (prepared, weights)
  }

  /// Runs a configuration in memory.
  static func run(
    _ subject: (experiment: any Kind, configuration: JSONValue), seed: Int = 0
  ) throws -> RunContext {
    let context = try RunContext(seed: seed, kind: subject.experiment)
    try subject.experiment.prepare(json: subject.configuration).run(context)
    return context
  }

  /// Stops a run again and again, at last lets it end, and expects the tables and files of an
  /// uninterrupted run.
  ///
  /// - Parameters:
  ///   - subject: what is run.
  ///   - stops: how often it is stopped.
  ///   - steps: steps between the stops.
  static func expectSameFilesWhenStopped(
    _ subject: (experiment: any Kind, configuration: JSONValue), stops: Int, steps: Int
  ) throws {
    try withTemporaryFolder { root in
      let (whole, parts) = ("\(root)/whole", "\(root)/parts")
      for folder in [whole, parts] { try Folder.create(at: folder) }
      func run(_ folder: String, shouldStop: @escaping () -> Bool = { false }) throws -> [String] {
        let context = try RunContext(
          seed: 0, kind: subject.experiment, folder: folder, shouldStop: shouldStop)
        try subject.experiment.prepare(json: subject.configuration).run(context)
        return context.rows
      }
      let expected = try run(whole)
      for _ in 0..<stops {
        var asked = 0
        #expect(throws: Cancelled.self) {
          try run(parts) {
            asked += 1
            return asked > steps
          }
        }
      }
      #expect(try run(parts) == expected)
      let files = try Folder.contents(at: whole).filter { file in
        subject.experiment.artefacts.contains { $0.name == file }
      }
      #expect(files.count > 1)
      for file in files {
        #expect(
          try SHA256.file(at: "\(whole)/\(file)") == SHA256.file(at: "\(parts)/\(file)"), "\(file)")
      }
    }
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
