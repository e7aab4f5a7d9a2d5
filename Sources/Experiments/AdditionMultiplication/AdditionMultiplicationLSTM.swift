import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Manifest section `model` of addition and multiplication in a recurrent network.
struct AdditionMultiplicationLSTMModel: Settings {
  var units = 256
  var layers = 2
  var steps = 3

  static let schema = Schema<AdditionMultiplicationLSTMModel>([
    .integer("units", \.units, in: 1...1024, unit: "units", paper: "256", "state of every layer"),
    .integer("layers", \.layers, in: 1...16, paper: "2", "number of LSTM layers"),
    .integer(
      "steps", \.steps, in: 1...1000, unit: "steps", paper: "3",
      "time steps that the input is presented for; the last one is read out"),
  ])
}

/// Section 3.1 with a recurrent network: the same questions as ``AdditionMultiplicationFNN``.
///
/// The input is presented at every time step and the answer read at the last one. Expectation: as
/// for the feed-forward network, but with the mask of the other operation most answers are invalid.
/// Figs. 1, 6, 8, 10 and 11 of the workshop paper.
struct AdditionMultiplicationLSTM: Kind {
  typealias Configuration = StudySettings<
    AdditionMultiplicationTask, AdditionMultiplicationLSTMModel
  >

  let name = "addmul-lstm"
  let summary = "Which weights does a recurrent network use for addition and multiplication?"
  let section = "3.1"
  let version = 1

  func validate(_ c: Configuration) throws {
    try c.validate(parameters: makeNetwork(c).outline)
  }

  // MARK: Model

  /// LSTM layers that see one input for all steps, and a linear layer after the last step.
  struct Network: DigitNetwork {
    let classifier: LSTMClassifier<Float>
    let steps: Int

    var parameters: [Parameter<Float>] { classifier.parameters }

    func answer(_ x: Value<Float>, in pass: ForwardPass<Float>) -> Value<Float> {
      classifier.forward([x], repeats: steps, in: pass)[0]
    }
  }

  private func makeNetwork(
    _ c: Configuration, random: RandomSource = RandomSource(seed: 0)
  ) -> Network {
    let task = AdditionMultiplication(digits: c.task.digits)
    return Network(
      classifier: LSTMClassifier(
        inputs: task.inputSize, units: c.model.units, layers: c.model.layers,
        outputs: task.outputSize, random: random),
      steps: c.model.steps)
  }

  func describe(_ c: Configuration) throws -> Architecture {
    let task = AdditionMultiplication(digits: c.task.digits)
    return Architecture(
      parameters: makeNetwork(c).outline, batch: c.pretrain.batch, inputShape: [task.inputSize],
      outputShape: [task.outputSize], isMasked: c.mask.masks,
      kind: { $0.name.hasPrefix("lstm.") ? "lstm" : "linear" },
      // The first layer's input is the same at all steps and multiplied once.
      uses: { parameter in
        switch parameter.name {
        case "lstm.weight_ih_l0", "output.weight": 1
        default: Double(c.model.steps)
        }
      })
  }

  // MARK: Training, masking and measurement

  /// What pre-training depends on: runs that agree in it share the trained network.
  func pretrainingKey(_ c: Configuration) -> JSONValue? {
    c.pretrainingKey(network: "addition-multiplication-lstm", version: version)
  }

  func totalSteps(_ c: Configuration) -> Int {
    c.totalSteps(stages: AdditionMultiplicationStudy<Network>.stageNames.count)
  }

  func run(_ c: Configuration, _ context: RunContext) throws {
    let network = makeNetwork(c, random: RandomSource(seed: UInt64(context.seed)))
    let study = MaskStudy(network, c, context)
    let weights = network.parameters.filter { $0.role == .weight }.map(\.name)
    try AdditionMultiplicationStudy(study, task: c.task).run(
      pretrainingKey: pretrainingKey(c) ?? .null,
      parts: .init(
        inputOutput: ["lstm.weight_ih_l0", "output.weight"],
        halves: RandomHalves.of(weights, random: context.random("halves"))))
  }

  func predict(_ c: Configuration, _ request: PredictionRequest) throws -> Tensor<Float> {
    let network = makeNetwork(c)
    let task = AdditionMultiplication(digits: c.task.digits)
    return try predict(with: network, inputs: task.inputSize, request) { x, pass in
      network.answer(x, in: pass)
    }
  }
}
