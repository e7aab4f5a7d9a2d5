import Autograd
import Datasets
import ExperimentKit
import NeuralNetworks
import Tensors

/// Manifest section `model` of double addition in a feed-forward network.
struct DoubleAdditionFNNModel: Settings {
  var hidden = [2000, 2000, 2000, 2000]
  var copyWeights = false

  static let schema = Schema<DoubleAdditionFNNModel>([
    .integers(
      "hidden", \.hidden, in: 1...100_000, count: 1...64, unit: "units",
      paper: "[2000, 2000, 2000, 2000]", "sizes of the hidden layers, first to last"),
    .flag(
      "copy-weights", \.copyWeights, paper: "false",
      "after training, give the first pair the second pair's input weights, output weights and "
        + "output biases: do masks coincide then?"),
  ])
}

/// Section 3.2: a network adds two pairs of numbers, the same operation twice, at inputs and outputs
/// of their own. Does it use the same weights for both?
///
/// The network is called once for each pair with the other pair hidden; only the pair's own outputs
/// are read. Expectation: the masks of the pairs share little, nothing at inputs and outputs; the
/// inverted mask of one pair leaves the other pair intact. Figs. 3 and 12 of the workshop paper.
struct DoubleAdditionFNN: Kind {
  typealias Configuration = StudySettings<DoubleAdditionTask, DoubleAdditionFNNModel>

  let name = "double-add-fnn"
  let summary = "Does a network reuse weights for the same operation at two places?"
  let section = "3.2"
  let version = 1
  let tables = Table.ofMasks + Table.ofControls + [.modularity]
  let artefacts: [Artefact] = [.weights, .masks, .controlMasks]

  /// A feed-forward network that is called once for each pair.
  struct Network: PairNetwork {
    let layers: SequentialNetwork<Float>

    var parameters: [Parameter<Float>] { layers.parameters }

    func logits(
      _ examples: [DoubleAddition.Example], pairs: [Int], task: DoubleAddition,
      pass: (Int) -> ForwardPass<Float>
    ) -> [Value<Float>] {
      pairs.map { pair in
        let pass = pass(pair)
        let x = pass.graph.constant(task.inputs(examples, showing: [pair]))
        let size = task.pairOutputSize
        return pass.graph.slice(
          layers.forward(x, in: pass), axis: 1, pair * size..<(pair + 1) * size)
      }
    }

    /// Copies the second half of the first layer's columns over the first half, and of the last
    /// layer's rows and biases.
    func copyWeightsOfSecondPair() {
      let order = layers.description.outline.weighted
      func parameters(_ layer: Int) -> [Parameter<Float>] {
        let names = order[layer].parameterNames
        return layers.parameters.filter { names.contains($0.name) }
      }
      let first = parameters(0)[0]
      let columns = first.shape[1]
      for row in 0..<first.shape[0] {
        for column in 0..<columns / 2 {
          first.value[row, column] = first.value[row, columns / 2 + column]
        }
      }
      for parameter in parameters(order.count - 1) {
        let half = parameter.shape.count / 2
        for place in 0..<half { parameter.value[flat: place] = parameter.value[flat: half + place] }
      }
    }
  }

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    let task = DoubleAddition(digits: c.task.digits)
    let description = NetworkDescription.feedForward(
      sizes: [2 * task.pairInputSize] + c.model.hidden + [2 * task.pairOutputSize])
    let outline = description.outline.called(times: DoubleAddition.pairs)
    let layers = outline.weighted
    // Copying happens after the training, which is the same with and without it.
    var model = c.model
    model.copyWeights = false
    let key = c.pretrainingKey(network: "double-addition-fnn", version: version, model: model)
    return try PreparedStudy(
      c, network: outline, key: key, stages: DoubleAdditionStage.names,
      evaluations: RunStep.evaluations(
        stages: DoubleAdditionStage.names,
        operations: Double(c.task.validSize) * outline.forwardOperations),
      neverLearned: NeverLearnedPair.names,
      run: { context in
        let network = Network(
          layers: SequentialNetwork(description, random: context.random))
        try DoubleAdditionStudy(MaskStudy(network, c, context), task: c.task).run(
          key: key,
          parts: .init(
            inputOutput: (layers.prefix(1) + layers.suffix(1)).parameterNames(role: .weight),
            halves: [layers.prefix(layers.count / 2).parameterNames(role: .weight)])
        ) {
          if c.model.copyWeights { network.copyWeightsOfSecondPair() }
        }
      },
      evaluationSet: { c.task.evaluationSet($0, showsBoth: false) },
      predict: { try predict(with: description, $0) })
  }
}
