import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// A network and a task of the reader's own: which weights does it need for each sub-task, and which
/// of them do several need?
///
/// The network is a list of layers in the manifest, with weights from a file or trained here; the data
/// are arrays in files. Masks are learned for the full task and for every sub-task, each on its own,
/// and evaluated in all modes as in the published experiments.
struct OwnNetworkKind: Kind {
  typealias Configuration = OwnNetworkSettings

  let name = "own-network"
  let summary = "Which weights does a network of your own use for each of its sub-tasks?"
  let section = ""
  let version = 1
  let tables = Table.ofClassRemoval
  let artefacts: [Artefact] = [.weights, .masks, .controlMasks]

  /// Confusion matrices are recorded for networks with at most so many classes.
  private static let mostClasses = 100

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    let network = try OwnNetwork(c.network)
    let outline = network.description.outline
    let loss = OwnLoss(objective: c.loss, output: outline.output)
    try loss.validate()
    try c.data.validate()
    _ = try c.data.form(network.input.shape)
    for item in c.subtasks.items { try item.settings.validate(item.name, objective: c.loss) }
    try validateCopying(c, outline)
    try c.validateControls()
    let layers = outline.weighted
    let key = c.pretrainingKey(version: version)
    var study = try PreparedStudy(
      pretrain: c.pretrain, isTrained: c.network.isTrained, mask: c.mask,
      controls: c.comparison, network: outline, key: key, stages: c.stages,
      evaluations: RunStep.evaluations(
        stages: c.stages,
        operations: Double(c.data.exampleCounts.test) * outline.forwardOperations),
      neverLearned: NeverLearnedTargets.names,
      files: .init(key: c.filesKey) { context in
        _ = try data(c, network, loss, context)
        if c.network.isTrained { _ = try network.makeNetwork(c.network, context) }
      },
      run: { context in
        let data = try data(c, network, loss, context)
        let net = try network.makeNetwork(c.network, context)
        let source = NetworkSource(
          net, buffers: net.buffers, c.pretrain, logEvery: c.logEvery,
          keepingInitial: c.comparison.needsInitialWeights, context)
        try OwnNetworkStudy(
          study: MaskStudy(source: source, masking: c.mask, controls: c.comparison), loss: loss,
          classNames: classNames(c, outline), train: data.train, test: data.test,
          subtasks: data.subtasks,
          isCopied: { name in c.copied.contains { GlobPattern($0).matches(name) } }
        ).run(
          key: key,
          parts: .init(
            inputOutput: (layers.prefix(1) + layers.suffix(1)).parameterNames(),
            halves: [layers.prefix((layers.count + 1) / 2).parameterNames()]))
      },
      evaluationSet: { try evaluationSet(data(c, network, loss, $0)) },
      predict: { try predict(with: network.description, $0) })
    study.supply = { try network.imported() }
    return study
  }

  private func validateCopying(_ c: Configuration, _ outline: NetworkOutline) throws {
    let masked = c.mask.masked(outline.parameters).map(\.name)
    for pattern in c.copied where !masked.contains(where: GlobPattern(pattern).matches) {
      throw Failure(
        .manifestInvalid, "copy-from-full: \(Failure.quote(pattern)) is no parameter with masks",
        why: "those are \(masked.prefix(12).joined(separator: ", "))",
        help: Suggestion.help(for: pattern, among: masked))
    }
  }

  /// Names of all classes that the network tells apart; none where they are too many, or where an
  /// example has no single class.
  private func classNames(_ c: Configuration, _ outline: NetworkOutline) -> [String] {
    let count = outline.output.count
    guard c.loss == .crossEntropy, count <= Self.mostClasses else { return [] }
    return (0..<count).map { $0 < c.data.classes.count ? c.data.classes[$0] : String($0) }
  }

  private func data(
    _ c: Configuration, _ network: OwnNetwork, _ loss: OwnLoss, _ context: RunContext
  ) throws -> (train: OwnExamples, test: OwnExamples, subtasks: [OwnSubtask]) {
    let reader = try OwnDataReader(
      c.data, loss: loss, input: network.input.shape, tokens: network.tokens, context)
    let parts = try reader.parts()
    return (parts.train, parts.test, try c.subtasks.items.map { try reader.subtask($0, of: parts) })
  }

  /// The test examples with the sub-tasks that are some of them.
  private func evaluationSet(
    _ data: (train: OwnExamples, test: OwnExamples, subtasks: [OwnSubtask])
  ) throws -> EvaluationSet {
    let test = data.test
    guard case .classes(let classes) = test.targets else {
      throw Failure(
        .usage, "runs with loss: mse offer no evaluation set", why: "their targets are no classes")
    }
    var sets = ["iid": [Bool](repeating: true, count: test.count)]
    for subtask in data.subtasks {
      guard let positions = subtask.positions.map(Set.init) else { continue }
      sets[subtask.name] = (0..<test.count).map(positions.contains)
    }
    return EvaluationSet(
      inputs: ["inputs": .float32(test.inputs.batch(test.rows))],
      targets: test.rows.flatMap { classes.row($0) }.map(Int64.init),
      shape: classes.places == 1 ? [test.count] : [test.count, classes.places], sets: sets)
  }
}
