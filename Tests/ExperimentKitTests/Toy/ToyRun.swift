import ExperimentKit
import Store
import Synchronization

/// Everything that a finished toy run leaves behind.
struct ToyOutcome: Equatable, CustomStringConvertible {
  var tables: [String: String]
  var notes: [String: JSONValue]
  var files: [String: [UInt8]]

  /// Short enough for the message of a failed expectation.
  var description: String {
    let sums = files.mapValues { SHA256.digest(of: $0).prefix(8) }.sorted { $0.key < $1.key }
    let sizes = tables.mapValues(\.count).sorted { $0.key < $1.key }
    return "\(sums) \(sizes) \(JSONValue.object(notes).serialized())"
  }
}

/// One toy run in a folder, which can be stopped and taken up again.
struct ToyRun {
  var folder: String?
  var cacheFolder: String?
  var seed = 3
  var configuration = ToySettings()
  var options = RunOptions(checkpointInterval: 1e9)
  var environment = "test"
  var experiment = ToyExperiment()
  var events: (RunEvent) -> Void = { _ in }

  var identity: RunIdentity {
    RunIdentity(
      kind: experiment.name, version: experiment.version, variant: "main", profile: "smoke",
      configuration: ToySettings.schema.encode(configuration))
  }

  /// Runs to the end or until `shouldStop` says so.
  ///
  /// - Returns: nil when the run was stopped.
  func execute(shouldStop: @escaping () -> Bool = { false }) throws -> ToyOutcome? {
    let prepared = try experiment.prepare(configuration)
    let context = try RunContext(
      seed: seed, identity: identity, kind: experiment, folder: folder, cacheFolder: cacheFolder,
      environment: environment, totalSteps: prepared.totalSteps,
      options: options, events: events, shouldStop: shouldStop)
    do {
      try prepared.run(context)
    } catch is Cancelled {
      return nil
    }
    return try outcome(context)
  }

  private func outcome(_ context: RunContext) throws -> ToyOutcome {
    var outcome = ToyOutcome(tables: [:], notes: context.notes, files: [:])
    for table in context.recordedTables {
      let rows = context.records(of: table).map {
        $0.keys + [$0.metric, CSVNumber.format($0.value)]
      }
      outcome.tables[table.name] =
        CSVTable(header: table.keys.map(\.name) + ["metric", "value"], rows: rows).serialized()
    }
    if let folder {
      for name in ["checkpoint.safetensors", "weights.safetensors", "masks.safetensors"] {
        outcome.files[name] = try InputFile.bytes(at: "\(folder)/\(name)")
      }
    }
    return outcome
  }
}

/// A counter that closures can share.
final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  /// Adds one and returns the new value.
  @discardableResult
  func increment() -> Int { count.add(1, ordering: .relaxed).newValue }
  var value: Int { count.load(ordering: .relaxed) }
}

/// Events in the order in which they came.
final class EventLog {
  private(set) var events: [RunEvent] = []
  func add(_ event: RunEvent) { events.append(event) }

  var warnings: [String] {
    events.compactMap { if case .warning(let text) = $0 { text } else { nil } }
  }
  var origins: [String] {
    events.compactMap {
      if case .phaseFinished(let phase, _, let origin) = $0 {
        "\(phase):\(origin.rawValue)"
      } else {
        nil
      }
    }
  }
  var checkpoints: Int {
    events.count { if case .checkpoint = $0 { true } else { false } }
  }
}

extension Kind {
  /// All defaults as JSON.
  var defaultConfiguration: JSONValue { Configuration.schema.encode(Configuration()) }
}
