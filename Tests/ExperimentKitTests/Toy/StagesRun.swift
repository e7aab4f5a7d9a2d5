import ExperimentKit
import Store
import Tensors
import TestSupport

/// A run of a few phases of different lengths that do not depend on each other, between one that
/// all start from and one that needs all their results.
struct StagesRun {
  static let steps = [9, 4, 14, 1, 7]
  static let names = steps.indices.map { "stage-\($0)" }
  /// Steps of all phases.
  static let totalSteps = 3 + 2 + steps.reduce(0, +)

  var folder: String?
  var threads = 1
  var options = RunOptions(checkpointInterval: 1e9)
  var events: (RunEvent) -> Void = { _ in }
  var shouldStop: () -> Bool = { false }
  /// Called within every step of every stage.
  var disturbance: (_ stage: String, _ step: Int) throws -> Void = { _, _ in }
  /// The loss that a stage reports instead of its own.
  var loss: (_ stage: String, _ step: Int) -> Double? = { _, _ in nil }
  /// Called when the state of a stage is made.
  var made: () -> Void = {}

  /// Everything that a complete run leaves behind.
  struct Outcome: Equatable {
    var tables: [String: [Record]] = [:]
    var notes: [String: JSONValue] = [:]
    var points: [String: Tensor<Float>] = [:]
    var checkpoint: [UInt8] = []
  }

  /// What one thread computes without interruption.
  static func reference() throws -> Outcome {
    try withTemporaryFolder { try StagesRun(folder: $0).execute() }
  }

  func execute() throws -> Outcome {
    let context = try RunContext(
      seed: 5, folder: folder, totalSteps: Self.totalSteps, threads: threads, options: options,
      events: events, shouldStop: shouldStop)
    let target: Tensor<Float> = context.random("target").uniform([40])
    let common = NoisyDescent(context.random("start").normal([40]))
    try context.loop(phase: "common", steps: 3, state: common) { step in
      StepReport(
        loss: common.step(step, target: target, rate: 0.1, noise: context.random("common")))
    }
    var points: [String: Tensor<Float>] = [:]
    try context.loops(
      zip(Self.names, Self.steps).map { name, steps in
        IndependentPhase(
          name, steps: steps,
          makeState: {
            made()
            return NoisyDescent(common.point)
          },
          body: { state, step in
            try disturbance(name, step)
            let own = state.step(
              step, target: target, rate: 0.1, noise: context.random("noise/\(name)"))
            context.record(.trainingCurve, [name, String(step)], "loss", own)
            context.note("last_\(name)", .integer(step))
            if step == 0 { context.log("\(name) begins") }
            return StepReport(loss: loss(name, step) ?? own)
          },
          finished: { points[name] = $0.point })
      })
    let sum = points.sorted { $0.key < $1.key }.reduce(common.point) { $0 + $1.value }
    let last = NoisyDescent(sum)
    try context.loop(phase: "last", steps: 2, state: last) { step in
      StepReport(loss: last.step(step, target: target, rate: 0.1, noise: context.random("last")))
    }
    points["last"] = last.point
    var outcome = Outcome(notes: context.notes, points: points)
    for table in context.recordedTables { outcome.tables[table.name] = context.records(of: table) }
    if let folder {
      outcome.checkpoint = try InputFile.bytes(at: "\(folder)/checkpoint.safetensors")
    }
    return outcome
  }

  /// As ``execute()``; nil when the run was stopped.
  func executeUnlessStopped() throws -> Outcome? {
    do {
      return try execute()
    } catch is Cancelled {
      return nil
    }
  }
}
