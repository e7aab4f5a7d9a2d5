import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Do masks find modules that are known? A network is built, not trained, so that two modular additions
/// need known weights, and a dial says which of them both need.
///
/// Expectation: needed weights have larger logits than others, for separate modules by an area under the
/// curve of at least .95; normalised sharing grows with the planted one.
struct PlantedModules: Kind {
  typealias Configuration = PlantedSettings

  let name = "planted-modules"
  let summary = "Do masks find modules that are known by construction?"
  let section = ""
  let version = 1
  let tables =
    Table.ofMasks + Table.ofControls + [.modularity, .plantedTruth, .plantedSharing]
  let artefacts: [Artefact] = [.weights, .masks, .controlMasks, .plantedTruth]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try c.validate()
    let task = ModularSums(operands: c.task.operands, moduli: c.task.moduli)
    let hidden = PlantedAdders.unitCount(operands: c.task.operands) + c.model.spare
    let description = NetworkDescription.feedForward(
      sizes: [task.inputSize, hidden, hidden, task.outputSize])
    let outline = description.outline
    let layers = outline.weighted
    return try PreparedStudy(
      pretrain: PretrainingSettings(), isTrained: true, mask: c.masking,
      controls: c.controls.withoutTraining, network: outline, key: nil,
      stages: PlantedStage.names,
      evaluations: RunStep.evaluations(
        stages: PlantedStage.names,
        operations: Double(task.examples.count) * outline.forwardOperations),
      neverLearned: PlantedNull.names,
      run: { context in
        let adders = PlantedAdders(c.task, c.model, random: context.random)
        let network = SequentialNetwork<Float>(description, random: context.random)
        for parameter in network.parameters {
          if let value = adders.values[parameter.name] { parameter.value = value }
        }
        try PlantedStudy(
          study: MaskStudy(
            source: NetworkSource(
              network, PretrainingSettings(), logEvery: c.logEvery, context),
            masking: c.masking, controls: c.controls.withoutTraining),
          task: task,
          truth: PlantedTruth(adders.truth, masking: c.masking, network: outline.parameters)
        ).run(
          parts: .init(
            inputOutput: (layers.prefix(1) + layers.suffix(1)).parameterNames(),
            halves: [layers.prefix(2).parameterNames()]))
      },
      evaluationSet: { _ in evaluationSet(task) },
      predict: { try predict(with: description, $0) })
  }

  /// All examples, with the classes of the first and of the second sum; of the sets `first` and
  /// `second`, which have rows of their own, the other class is -1.
  private func evaluationSet(_ task: ModularSums) -> EvaluationSet {
    let examples = task.examples
    let asked = PlantedStage.all.map(\.sums)
    let rows = asked.count * examples.count
    let inputs = task.inputs(examples).scalars
    let targets = asked.flatMap { sums in
      examples.flatMap { example in
        [0, 1].map { sums.contains($0) ? Int64(task.answer(example, ofSum: $0)) : -1 }
      }
    }
    var sets: [String: [Bool]] = [:]
    for (place, name) in (["iid"] + PlantedStage.names.dropFirst()).enumerated() {
      sets[name] = (0..<rows).map { $0 / examples.count == place }
    }
    return EvaluationSet(
      inputs: [
        "inputs": .float32(
          Tensor(asked.flatMap { _ in inputs }, shape: [rows, task.inputSize]))
      ],
      targets: targets, shape: [rows, 2], sets: sets)
  }
}

/// The stages of masks: the full task, then each of the sums.
enum PlantedStage {
  /// The stages in their order, with the sums that count.
  static let all: [(name: String, sums: [Int])] = [
    ("full", [0, 1]), ("first", [0]), ("second", [1]),
  ]

  /// Their names.
  static var names: [String] { all.map(\.name) }
}

/// Functions of the operands that nothing in the network computes, at the outputs of the first sum.
enum PlantedNull: String, CaseIterable {
  /// a − b in the first modulus.
  case difference
  /// The larger of a and b.
  case maximum

  /// Their names in manifests.
  static var names: [String] { allCases.map(\.rawValue) }

  /// The class of an example.
  func answer(_ example: ModularSums.Example, modulus: Int) -> Int {
    switch self {
    case .difference: (example.a - example.b + modulus) % modulus
    case .maximum: max(example.a, example.b)
    }
  }
}
