import Autograd
import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Section 3.1: which weights does a network use for addition, which for multiplication, and does
/// it share them?
///
/// Expectation: the operations share most weights next to inputs and outputs and few in between,
/// although they share subproblems; multiplication needs more weights than addition; with the mask
/// of one operation the network performs that operation whatever the input asks for. Figs. 1, 2, 7,
/// 8, 9 and 11 of the workshop paper.
///
/// The same code serves several registered experiments, which differ in what their manifests vary.
struct AdditionMultiplicationFNN: Kind {
  typealias Configuration = StudySettings<
    AdditionMultiplicationTask, AdditionMultiplicationFNNModel
  >

  let name: String
  let summary: String
  let section = "3.1"
  let version = 1

  func validate(_ c: Configuration) throws {
    try c.validate(parameters: FeedForwardNetwork<Float>.outline(sizes: sizes(c)))
  }

  // MARK: Model

  /// 2·10·digits + 2 inputs, ReLU layers, 10·digits outputs.
  private func makeNetwork(
    _ c: Configuration, random: RandomSource = RandomSource(seed: 0)
  ) -> FeedForwardNetwork<Float> {
    FeedForwardNetwork(sizes: sizes(c), random: random)
  }

  private func sizes(_ c: Configuration) -> [Int] {
    let task = AdditionMultiplication(digits: c.task.digits)
    return [task.inputSize] + c.model.hidden + [task.outputSize]
  }

  func describe(_ c: Configuration) throws -> Architecture {
    let sizes = sizes(c)
    return Architecture(
      parameters: FeedForwardNetwork<Float>.outline(sizes: sizes), batch: c.pretrain.batch,
      inputShape: sizes.first.map { [$0] } ?? [], outputShape: sizes.last.map { [$0] } ?? [],
      isMasked: c.mask.masks, kind: { _ in "linear" }, uses: { _ in 1 })
  }

  // MARK: Training, masking and measurement

  /// What pre-training depends on: runs that agree in it share the trained network.
  func pretrainingKey(_ c: Configuration) -> JSONValue? {
    c.pretrainingKey(network: "addition-multiplication-fnn", version: version)
  }

  func totalSteps(_ c: Configuration) -> Int {
    c.totalSteps(stages: AdditionMultiplicationStudy<FeedForwardNetwork<Float>>.stageNames.count)
  }

  func run(_ c: Configuration, _ context: RunContext) throws {
    let network = makeNetwork(c, random: RandomSource(seed: UInt64(context.seed)))
    func names(_ layers: some Sequence<Linear<Float>>) -> Set<String> {
      Set(layers.flatMap(\.parameters).map(\.name))
    }
    let study = MaskStudy(network, c, context)
    try AdditionMultiplicationStudy(study, task: c.task).run(
      pretrainingKey: pretrainingKey(c) ?? .null,
      parts: .init(
        inputOutput: names(network.layers.prefix(1)).union(names(network.layers.suffix(1))),
        halves: [names(network.layers.prefix((network.layers.count + 1) / 2))]))
  }

  func predict(_ c: Configuration, _ request: PredictionRequest) throws -> Tensor<Float> {
    let network = makeNetwork(c)
    return try predict(with: network, inputs: sizes(c)[0], request) { network.forward($0, in: $1) }
  }
}
