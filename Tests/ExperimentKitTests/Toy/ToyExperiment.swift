import ExperimentKit
import Store
import Tensors

/// A small experiment of the usual shape: shared pre-training, one phase per stage, tables.
struct ToyExperiment: Kind {
  typealias Configuration = ToySettings

  var name = "toy"
  var formerNames: [String] = []
  var section = "0.1"
  var summary = "Does a point find its target?"
  var version = 1
  /// Called within every step of every phase, so that tests can interrupt.
  var disturbance: @Sendable (_ phase: String, _ step: Int) throws -> Void = { _, _ in }

  static let stages = ["add", "mul"]

  let tables = Table.toys
  let artefacts: [Artefact] = [.weights, .masks]

  func prepare(_ c: ToySettings) throws -> any PreparedRun {
    if c.mask.steps > 10 * c.pretrain.steps {
      throw Failure(
        .manifestInvalid, "mask.steps is more than ten times pretrain.steps",
        help: "train longer before")
    }
    return PreparedToy(c: c, disturbance: disturbance)
  }
}

struct PreparedToy: PreparedRun {
  let c: ToySettings
  let disturbance: @Sendable (_ phase: String, _ step: Int) throws -> Void

  var steps: [RunStep] {
    [RunStep("pretrain", .training, count: c.pretrain.steps, operations: 36)]
      + ToyExperiment.stages.map {
        RunStep("mask-\($0)", .masks, count: c.mask.steps, operations: 48)
      }
  }

  func describe() throws -> Architecture {
    Architecture(
      rows: [
        .init(
          layer: "point", kind: "vector", shape: [c.task.dimension],
          parameters: c.task.dimension, isMasked: true, role: "weight"),
        .init(
          layer: "offset", kind: "vector", shape: [1], parameters: 1, isMasked: false,
          role: "bias"),
      ],
      pretrainingOperationsPerStep: 6 * Double(c.task.dimension),
      maskOperationsPerStep: 8 * Double(c.task.dimension), inputShape: [1],
      outputShape: [c.task.dimension])
  }

  var pretrainingKey: JSONValue? {
    [
      "task": ToySettings.Task.schema.encode(c.task),
      "pretrain": ToySettings.Training.schema.encode(c.pretrain),
    ]
  }

  func predict(_ request: PredictionRequest) throws -> Tensor<Float> {
    guard let point = try request.effectiveWeights()["point"],
      let inputs = request.inputs["inputs"]?.float32
    else { throw Failure(.usage, "there are no inputs") }
    return inputs * point
  }

  func run(_ context: RunContext) throws {
    let shape: Shape = [c.task.dimension]
    let target: Tensor<Float> = context.random("target").uniform(shape)
    let state = NoisyDescent(context.random("start").normal(shape))
    let noise = context.random("noise")
    try context.cachedLoop(
      phase: "pretrain", key: pretrainingKey ?? .null, steps: c.pretrain.steps, state: state
    ) { step in
      try disturbance("pretrain", step)
      let loss = state.step(step, target: target, rate: c.pretrain.rate, noise: noise)
      if step % 5 == 0 {
        context.record(.trainingCurve, ["pretrained", String(step)], "loss", loss)
        context.note("last_curve_step", .integer(step))
      }
      return StepReport(loss: loss, gradientNorm: loss.squareRoot())
    }
    context.record(
      .accuracy, ["pretrained", "none", "iid"], "loss", (state.point - target).sumOfSquares())
    try context.checkCancellation()
    var masks: [String: StoredTensor] = [:]
    for stage in ToyExperiment.stages {
      let mask = NoisyDescent(state.point)
      try context.loop(phase: "mask-\(stage)", steps: c.mask.steps, state: mask) { step in
        try disturbance("mask-\(stage)", step)
        let loss = mask.step(
          step, target: target, rate: c.pretrain.rate, pull: 1000 * c.mask.beta,
          noise: context.random("noise/\(stage)"))
        context.record(.trainingCurve, [stage, String(step)], "loss", loss)
        return StepReport(loss: loss)
      }
      context.record(
        .accuracy, [stage, "mask", "iid"], "loss", (mask.point - target).sumOfSquares())
      masks["\(stage)/point"] = .uint8(mask.point.scalars.map { $0 > 0.5 ? 1 : 0 }, shape)
      masks["\(stage)/point.logit"] = .float32(mask.point)
      try context.checkCancellation()
    }
    context.note("converged", true)
    try context.save(.weights, ["point": .float32(state.point)])
    try context.save(.masks, masks, metadata: ["stages": "add,mul"])
  }
}
