import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Manifest section `model` of double addition in a recurrent network.
struct DoubleAdditionLSTMModel: Settings {
  var mode = TwoPartLSTM<Float>.Presentation.together
  var units = 256
  var layers = 2
  var steps = 3

  static let schema = Schema<DoubleAdditionLSTMModel>([
    .choice(
      "mode", \.mode, paper: "together, only-one-io",
      "how the pairs are presented and read: `together` shows both all the time and reads both at "
        + "the end; `only-one-io` shows one after the other and reads each after its steps; "
        + "`only-one` shows one after the other and reads both at the end; `same-input` shows one "
        + "after the other at the same inputs; `same-output` shows both and reads the same outputs "
        + "at half time and at the end; `same-io` shares inputs and outputs"),
    .integer("units", \.units, in: 1...1024, unit: "units", paper: "256", "state of every layer"),
    .integer("layers", \.layers, in: 1...16, paper: "2", "number of LSTM layers"),
    .integer(
      "steps", \.steps, in: 1...1000, unit: "steps", paper: "3", "time steps for each pair"),
  ])
}

/// Section 3.2 with a recurrent network: the same questions as ``DoubleAdditionFNN``, and whether
/// weights are reused when the pairs come one after the other or share inputs and outputs.
///
/// The state is never reset between the pairs. Figs. 3, 12 and 13 of the workshop paper.
struct DoubleAdditionLSTM: Kind {
  typealias Configuration = StudySettings<DoubleAdditionTask, DoubleAdditionLSTMModel>

  let name = "double-add-lstm"
  let summary = "Does a recurrent network reuse weights for the same operation at two times?"
  let section = "3.2"
  let version = 1

  func validate(_ c: Configuration) throws {
    try c.validate(parameters: makeNetwork(c).outline)
  }

  // MARK: Model

  /// LSTM layers that see and answer two pairs in one call.
  struct Network: PairNetwork {
    let recurrent: TwoPartLSTM<Float>

    var parameters: [Parameter<Float>] { recurrent.parameters }

    func answers(
      _ examples: [DoubleAddition.Example], pairs: [Int], task: DoubleAddition,
      pass: (Int) -> ForwardPass<Float>
    ) -> [Value<Float>] {
      let pass = pass(0)
      let x = pass.graph.constant(task.inputs(examples, showing: pairs))
      let logits = recurrent.forward(x, in: pass)
      return pairs.map { logits[$0] }
    }
  }

  private func makeNetwork(
    _ c: Configuration, random: RandomSource = RandomSource(seed: 0)
  ) -> TwoPartLSTM<Float> {
    let task = DoubleAddition(digits: c.task.digits)
    return TwoPartLSTM(
      c.model.mode, inputs: task.pairInputSize, units: c.model.units, layers: c.model.layers,
      outputs: task.pairOutputSize, repeats: c.model.steps, random: random)
  }

  func describe(_ c: Configuration) throws -> Architecture {
    let task = DoubleAddition(digits: c.task.digits)
    return Architecture(
      parameters: makeNetwork(c).outline, batch: c.pretrain.batch,
      inputShape: [2 * task.pairInputSize],
      outputShape: [2 * task.pairOutputSize], isMasked: c.mask.masks,
      kind: { $0.name.hasPrefix("lstm.") ? "lstm" : "linear" },
      // Inputs of the first layer that stay the same are multiplied once; the output is read once
      // or twice.
      uses: { parameter in
        switch parameter.name {
        case "lstm.weight_ih_l0": c.model.mode.showsBoth ? 1 : 2
        case "output.weight": c.model.mode.readsTwice ? 2 : 1
        default: Double(2 * c.model.steps)
        }
      })
  }

  // MARK: Training, masking and measurement

  /// What pre-training depends on: runs that agree in it share the trained network.
  func pretrainingKey(_ c: Configuration) -> JSONValue? {
    c.pretrainingKey(network: "double-addition-lstm", version: version)
  }

  func totalSteps(_ c: Configuration) -> Int {
    c.totalSteps(stages: DoubleAdditionStudy<Network>.stageNames.count)
  }

  func run(_ c: Configuration, _ context: RunContext) throws {
    let network = Network(
      recurrent: makeNetwork(c, random: RandomSource(seed: UInt64(context.seed))))
    let study = MaskStudy(network, c, context)
    try DoubleAdditionStudy(study, task: c.task).run(
      pretrainingKey: pretrainingKey(c) ?? .null,
      parts: .init(
        inputOutput: ["lstm.weight_ih_l0", "output.weight"],
        halves: [["lstm.weight_ih_l0", "lstm.weight_hh_l0"]]))
  }

  func predict(_ c: Configuration, _ request: PredictionRequest) throws -> Tensor<Float> {
    let network = makeNetwork(c)
    let task = DoubleAddition(digits: c.task.digits)
    return try predict(with: network, inputs: 2 * task.pairInputSize, request) { x, pass in
      pass.graph.concatenate(network.forward(x, in: pass), axis: 1)
    }
  }
}
