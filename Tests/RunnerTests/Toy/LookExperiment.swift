import ExperimentKit
import Store
import Tensors

/// Reads a file of data, takes a few steps and evaluates; looks at its own status meanwhile.
struct LookExperiment: Kind {
  typealias Configuration = LookSettings

  let name = "look"
  let section = "0"
  let summary = "what does a run say of itself?"
  let version = 1
  let tables: [Table] = [.accuracy]
  /// Told the status file as it is in the middle of a step.
  let look: @Sendable (_ step: String, _ status: RunStatusText) -> Void

  func prepare(_ c: LookSettings) throws -> any PreparedRun { PreparedLook(look: look) }
}

/// The bytes of a status file.
typealias RunStatusText = [UInt8]

struct LookSettings: Settings {
  var isLooking = true
  static let schema = Schema<LookSettings>([.flag("looking", \.isLooking, "nothing")])
}

private struct PreparedLook: PreparedRun {
  let look: @Sendable (_ step: String, _ status: RunStatusText) -> Void
  let steps = [
    RunStep("first", .training, count: 2, operations: 1),
    RunStep("second", .training, count: 2, operations: 1),
    RunStep("evaluate-all", .evaluation, count: 1, operations: 1),
  ]

  func describe() throws -> Architecture {
    Architecture(
      rows: [], pretrainingOperationsPerStep: 1, maskOperationsPerStep: 0, inputShape: [],
      outputShape: [])
  }

  func run(_ context: RunContext) throws {
    func lookNow(_ step: String) {
      let path = "\(context.folder ?? "")/status.json"
      look(step, (try? InputFile.bytes(at: path)) ?? [])
    }
    try context.openData { folder, willRead in try willRead("\(folder)/set/numbers.txt") }
    for step in ["first", "second"] {
      try context.loop(phase: step, steps: 2, state: Nothing()) { _ in
        lookNow(step)
        return StepReport(loss: 0)
      }
    }
    try context.evaluate("evaluate-all") {
      lookNow("evaluate-all")
      context.record(.accuracy, ["full", "none", "iid"], "loss", 1)
    }
  }
}

private final class Nothing: Resumable {
  func checkpoint() -> [String: StoredTensor] { [:] }
  func restore(_ tensors: [String: StoredTensor]) throws {}
}
