import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
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

  func validate(_ c: Configuration) throws {
    try c.validate(parameters: FeedForwardNetwork<Float>.outline(sizes: sizes(c)))
  }

  // MARK: Model

  /// A feed-forward network that is called once for each pair.
  struct Network: PairNetwork {
    let layers: FeedForwardNetwork<Float>

    var parameters: [Parameter<Float>] { layers.parameters }

    func answers(
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
      let first = layers.layers[0].weight
      let columns = first.shape[1]
      for row in 0..<first.shape[0] {
        for column in 0..<columns / 2 {
          first.value[row, column] = first.value[row, columns / 2 + column]
        }
      }
      let last = layers.layers[layers.layers.count - 1]
      for parameter in [last.weight, last.bias].compactMap(\.self) {
        let half = parameter.shape.count / 2
        for place in 0..<half { parameter.value[flat: place] = parameter.value[flat: half + place] }
      }
    }
  }

  private func sizes(_ c: Configuration) -> [Int] {
    let task = DoubleAddition(digits: c.task.digits)
    return [2 * task.pairInputSize] + c.model.hidden + [2 * task.pairOutputSize]
  }

  private func makeNetwork(
    _ c: Configuration, random: RandomSource = RandomSource(seed: 0)
  ) -> FeedForwardNetwork<Float> {
    FeedForwardNetwork(sizes: sizes(c), random: random)
  }

  func describe(_ c: Configuration) throws -> Architecture {
    let sizes = sizes(c)
    // Two calls per example.
    return Architecture(
      parameters: FeedForwardNetwork<Float>.outline(sizes: sizes), batch: c.pretrain.batch,
      inputShape: sizes.first.map { [$0] } ?? [], outputShape: sizes.last.map { [$0] } ?? [],
      isMasked: c.mask.masks, kind: { _ in "linear" }, uses: { _ in 2 })
  }

  // MARK: Training, masking and measurement

  /// What pre-training depends on. Copying happens after it.
  func pretrainingKey(_ c: Configuration) -> JSONValue? {
    var model = c.model
    model.copyWeights = false
    return c.pretrainingKey(network: "double-addition-fnn", version: version, model: model)
  }

  func totalSteps(_ c: Configuration) -> Int {
    c.totalSteps(stages: DoubleAdditionStudy<Network>.stageNames.count)
  }

  func run(_ c: Configuration, _ context: RunContext) throws {
    let network = Network(
      layers: makeNetwork(c, random: RandomSource(seed: UInt64(context.seed))))
    let weights = network.layers.layers.map(\.weight.name)
    let study = MaskStudy(network, c, context)
    try DoubleAdditionStudy(study, task: c.task).run(
      pretrainingKey: pretrainingKey(c) ?? .null,
      parts: .init(
        inputOutput: Set(weights.prefix(1) + weights.suffix(1)),
        halves: [Set(weights.prefix(weights.count / 2))])
    ) {
      if c.model.copyWeights { network.copyWeightsOfSecondPair() }
    }
  }

  func predict(_ c: Configuration, _ request: PredictionRequest) throws -> Tensor<Float> {
    let network = makeNetwork(c)
    return try predict(with: network, inputs: sizes(c)[0], request) { network.forward($0, in: $1) }
  }
}
