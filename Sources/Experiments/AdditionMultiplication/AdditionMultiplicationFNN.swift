import Datasets
import ExperimentKit
import NeuralNetworks
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
  let tables: [Table] = Table.ofMasks + [.confusion, .confusionDelta, .modularity]
  let artefacts: [Artefact] = [.weights, .masks]

  /// 2·10·digits + 2 inputs, ReLU layers, 10·digits outputs.
  func prepare(_ c: Configuration) throws -> any PreparedRun {
    let task = AdditionMultiplication(digits: c.task.digits)
    let sizes = [task.inputSize] + c.model.hidden + [task.outputSize]
    let outline = NetworkOutline.feedForward(sizes: sizes)
    let key = c.pretrainingKey(network: "addition-multiplication-fnn", version: version)
    return try PreparedStudy(
      c, network: outline, key: key, stages: AdditionMultiplicationStage.names,
      evaluations: RunStep.evaluations(
        stages: AdditionMultiplicationStage.names,
        operations: Double(c.task.validSize) * outline.forwardOperations),
      run: { context in
        let network = FeedForwardNetwork<Float>(sizes: sizes, random: context.random)
        func names(_ layers: some Sequence<Linear<Float>>) -> Set<String> {
          Set(layers.flatMap(\.parameters).map(\.name))
        }
        let half = (network.layers.count + 1) / 2
        try AdditionMultiplicationStudy(MaskStudy(network, c, context), task: c.task).run(
          key: key,
          parts: .init(
            inputOutput: names(network.layers.prefix(1)).union(names(network.layers.suffix(1))),
            halves: [names(network.layers.prefix(half))]))
      },
      evaluationSet: { c.task.evaluationSet($0) },
      predict: { request in
        let network = FeedForwardNetwork<Float>(sizes: sizes, random: RandomSource(seed: 0))
        return try predict(with: network, inputs: sizes[0], request) {
          network.forward($0, in: $1)
        }
      })
  }
}
