import ExperimentKit
import Store
import Tensors

/// A random walk that ends as its settings say: the smallest experiment that can go wrong in every
/// way.
struct WalkExperiment: Kind {
  typealias Configuration = WalkSettings

  let name = "walk"
  let section = "0"
  let summary = "how far does a random walk get?"
  var version = 1
  /// Whether runs of the same pace say that they start from a common state.
  var sharesPretraining = false

  var tables: [Table] = [.accuracy]
  let artefacts: [Artefact] = [.weights]

  func prepare(_ c: WalkSettings) throws -> any PreparedRun {
    PreparedWalk(c: c, sharesPretraining: sharesPretraining)
  }
}

struct PreparedWalk: PreparedRun {
  let c: WalkSettings
  let sharesPretraining: Bool

  var steps: [RunStep] {
    [RunStep("walk", .training, count: c.walk.steps, operations: 3e6)]
  }

  var pretrainingKey: JSONValue? {
    sharesPretraining ? ["pace": .number(c.walk.pace)] : .none
  }

  func describe() throws -> Architecture {
    Architecture(
      rows: [
        .init(
          layer: "position", kind: "vector", shape: [3], parameters: 3, isMasked: true,
          role: "weight")
      ],
      pretrainingOperationsPerStep: 3e6, maskOperationsPerStep: 0, inputShape: [3],
      outputShape: [3])
  }

  func run(_ context: RunContext) throws {
    if c.walk.end == .missingData { throw Failure(.dataMissing, "there are no data") }
    let walk = Walk()
    let noise = context.random("noise")
    try context.loop(phase: "walk", steps: c.walk.steps, state: walk) { step in
      walk.position.add(noise.uniform([3], in: -1...1, step: step), scaledBy: Float(c.walk.pace))
      let loss = c.walk.end == .diverge && step == 5 ? Double.nan : walk.position.sumOfSquares()
      return StepReport(loss: loss, offender: { "position" })
    }
    if c.walk.end == .fail { throw Failure(.runFailed, "the walk ends here") }
    for set in ["iid", "test"] {
      context.record(
        .accuracy, ["full", "none", set], "accuracy", walk.position.sumOfSquares())
      context.record(
        .accuracy, ["full", "none", set], "loss",
        c.walk.end == .undefined && context.seed == 1 ? .nan : Double(context.seed))
    }
    context.note("converged", .bool(true))
    try context.save(.weights, ["position": .float32(walk.position)])
  }
}

/// Where the walk is.
private final class Walk: Resumable {
  var position = Tensor<Float>(zeros: [3])

  func checkpoint() -> [String: StoredTensor] { ["position": .float32(position)] }

  func restore(_ tensors: [String: StoredTensor]) throws {
    guard case .float32(let position)? = tensors["position"] else {
      throw Failure(.corrupt, "there is no position")
    }
    self.position = position
  }
}

struct WalkSettings: Settings {
  /// How the run ends.
  enum End: String, CaseIterable, Sendable {
    case complete, fail, diverge
    case missingData = "missing-data"
    /// Complete, but the loss of seed 1 is not a number.
    case undefined
  }

  struct Section: Settings {
    var steps = 20
    var pace = 1.0
    var end = End.complete

    static let schema = Schema<Section>([
      .integer("steps", \.steps, in: 1...1000, "number of steps"),
      .number("pace", \.pace, above: 0, "length of a step"),
      .choice("end", \.end, "how the run ends"),
    ])
  }

  var walk = Section()

  static let schema = Schema<WalkSettings>([.section("walk", \.walk, "the walk")])
}
