import Autograd
import Datasets
import ExperimentKit
import NeuralNetworks
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

  /// The network for a task.
  func classifier(_ task: AdditionMultiplication) -> LSTMClassifierDescription {
    LSTMClassifierDescription(
      inputs: task.inputSize, units: units, layers: layers, outputs: task.outputSize)
  }
}

/// Section 3.1 with a recurrent network: the same questions as ``AdditionMultiplicationFNN``.
///
/// The input is presented at every time step and the prediction read at the last one. Expectation:
/// as for the feed-forward network, but with the mask of the other operation most predictions are
/// invalid. Figs. 1, 6, 8, 10 and 11 of the workshop paper.
struct AdditionMultiplicationLSTM: Kind {
  typealias Configuration = StudySettings<
    AdditionMultiplicationTask, AdditionMultiplicationLSTMModel
  >

  let name = "addmul-lstm"
  let summary = "Which weights does a recurrent network use for addition and multiplication?"
  let section = "3.1"
  let version = 1
  let tables: [Table] =
    Table.ofMasks + Table.ofControls + [
      .confusion, .confusionDelta, .modularity,
    ]
  let artefacts: [Artefact] = [.weights, .masks, .controlMasks]

  /// LSTM layers that see one input for all steps, and a linear layer after the last step.
  struct Network: DigitNetwork {
    let classifier: LSTMClassifier<Float>
    let steps: Int

    init(
      _ task: AdditionMultiplication, _ model: AdditionMultiplicationLSTMModel, random: RandomSource
    ) {
      classifier = LSTMClassifier(model.classifier(task), random: random)
      steps = model.steps
    }

    var parameters: [Parameter<Float>] { classifier.parameters }

    func logits(_ x: Value<Float>, in pass: ForwardPass<Float>) -> Value<Float> {
      classifier.forward([x], repeats: steps, in: pass)[0]
    }
  }

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    let task = AdditionMultiplication(digits: c.task.digits)
    let outline = c.model.classifier(task).outline(steps: c.model.steps)
    let key = c.pretrainingKey(network: "addition-multiplication-lstm", version: version)
    return try PreparedStudy(
      c, network: outline, key: key, stages: AdditionMultiplicationStage.names,
      evaluations: RunStep.evaluations(
        stages: AdditionMultiplicationStage.names,
        operations: Double(c.task.validSize) * outline.forwardOperations,
        halves: RandomHalves.count),
      neverLearned: NeverLearnedOperation.names,
      run: { context in
        let network = Network(task, c.model, random: context.random)
        let weights = network.parameters.filter { $0.role == .weight }.map(\.name)
        try AdditionMultiplicationStudy(MaskStudy(network, c, context), task: c.task).run(
          key: key,
          parts: .init(
            inputOutput: ["lstm.weight_ih_l0", "output.weight"],
            halves: RandomHalves.of(weights, random: context.random("halves"))))
      },
      evaluationSet: { c.task.evaluationSet($0) },
      predict: { request in
        let network = Network(task, c.model, random: RandomSource(seed: 0))
        return try predict(with: network, inputs: task.inputSize, request) {
          network.logits($0, in: $1)
        }
      })
  }
}
