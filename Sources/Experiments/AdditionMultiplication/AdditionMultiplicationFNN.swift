import Datasets
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// Section 3.1: which weights does a network use for addition, which for multiplication, and does
/// it share them?
///
/// Expectation: the operations share most weights next to inputs and outputs and few in between,
/// although they share subproblems; multiplication needs more weights than addition; with the mask
/// of one operation the network performs that operation whatever the input asks for. Figs. 1, 2, 7,
/// 8, 9 and 11 of the workshop paper, each a study of its own.
struct AdditionMultiplicationFNN: Kind {
  typealias Configuration = StudySettings<
    AdditionMultiplicationTask, AdditionMultiplicationFNNModel
  >

  let name = "addmul-fnn"
  let formerNames = ["addmul-fnn-beta", "addmul-fnn-size", "addmul-fnn-clip"]
  let summary = "Which weights does a network use for addition and which for multiplication?"
  let section = "3.1"
  let version = 1
  let tables: [Table] =
    Table.ofMasks + Table.ofControls + [
      .confusion, .confusionDelta, .modularity,
    ]
  let artefacts: [Artefact] = [.weights, .masks, .controlMasks]

  /// The network: 2·10·digits + 2 inputs, ReLU layers, 10·digits outputs.
  func description(_ c: Configuration) -> NetworkDescription {
    let task = AdditionMultiplication(digits: c.task.digits)
    return .feedForward(sizes: [task.inputSize] + c.model.hidden + [task.outputSize])
  }

  /// What the trained network depends on.
  func pretrainingKey(_ c: Configuration) -> JSONValue {
    c.pretrainingKey(network: "addition-multiplication-fnn", version: version)
  }

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    let description = description(c)
    let outline = description.outline
    let layers = outline.weighted
    let key = pretrainingKey(c)
    return try PreparedStudy(
      c, network: outline, key: key, stages: AdditionMultiplicationStage.names,
      evaluations: RunStep.evaluations(
        stages: AdditionMultiplicationStage.names,
        operations: Double(c.task.validSize) * outline.forwardOperations),
      neverLearned: NeverLearnedOperation.names,
      run: { context in
        let network = SequentialNetwork<Float>(description, random: context.random)
        try AdditionMultiplicationStudy(MaskStudy(network, c, context), task: c.task).run(
          key: key,
          parts: .init(
            inputOutput: (layers.prefix(1) + layers.suffix(1)).parameterNames(),
            halves: [layers.prefix((layers.count + 1) / 2).parameterNames()]))
      },
      evaluationSet: { c.task.evaluationSet($0) },
      predict: { try predict(with: description, $0) })
  }
}
