import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Manifest section `task` of mask stability.
struct MaskStabilityTask: TaskWithImages, TaskWithoutControls {
  /// Which sets of images get two masks each.
  enum Mode: String, CaseIterable, Sendable {
    /// Those of two classes.
    case pairs
    /// Those of all classes but one, for each of the ten.
    case all
  }

  var data = ImageTask()
  var mode = Mode.pairs
  var pairs = 10

  static let schema = Schema<MaskStabilityTask>(
    Field.all(of: \.data) + [
      .choice(
        "mode", \.mode, paper: "pairs",
        "the sets of images on which two masks each are trained: `pairs` takes those of two classes, "
          + "`all` those of all classes but one, for each class"),
      .integer(
        "pairs", \.pairs, in: 1...90, unit: "pairs", paper: "10",
        "how many of the 90 ordered pairs of classes are drawn"),
    ])

  /// Number of sets of images.
  var setCount: Int { mode == .pairs ? pairs : data.classNames.count }

  /// A set of images that gets two masks.
  struct Subset {
    /// What its masks are called, but for their last letter.
    let name: String
    let classes: Set<String>
  }

  /// The sets.
  ///
  /// - Parameter random: what pairs are drawn from.
  func subsets(_ random: RandomStream) -> [Subset] {
    let names = data.classNames
    switch mode {
    case .all:
      return names.map { removed in
        Subset(name: "no-\(removed)", classes: Set(names.filter { $0 != removed }))
      }
    case .pairs:
      let all = names.flatMap { first in
        names.filter { $0 != first }.map { second in
          Subset(name: "\(first)-\(second)", classes: [first, second])
        }
      }
      return random.permutation(all.count).prefix(pairs).map { all[$0] }
    }
  }
}

/// Section 5, is a mask an accident? Two masks for the same network and the same images, trained with
/// different batches and different noise: how far do they coincide?
///
/// The network has no dropout. The masks of the classifier are in all stages those of the full
/// task, trained on all classes, as in ``ClassRemovalCNN``; the overlap is taken with and without them.
/// Expectation: a much larger intersection over union than by chance.
struct MaskStability: ConvolutionalKind {
  typealias Task = MaskStabilityTask
  typealias Configuration = StudySettings<MaskStabilityTask, ConvolutionalModel>

  let name = "cifar10-mask-stability"
  let summary = "Do two masks for the same task keep the same weights?"
  let section = "5"
  let version = 1

  let tables = Table.ofMasks
  let artefacts: [Artefact] = [.weights, .masks]

  /// The last letters of the names of a set's masks.
  private static let repetitions = ["a", "b"]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    let outline = c.model.description.outline
    try c.validateCopying(parameters: outline.parameters)
    let key = pretrainingKey(c)
    let sets = (0..<c.task.setCount).flatMap { set in
      Self.repetitions.map { Self.setName(set, $0) }
    }
    let operations = c.task.data.heldOutCount(.cifar10) * outline.forwardOperations
    return try PreparedStudy(
      c, network: outline, key: key,
      stages: [ImageStudy<SequentialNetwork<Float>>.fullStage] + sets,
      evaluations: [.evaluation(StepName.pretraining, operations: operations)]
        + ([ImageStudy<SequentialNetwork<Float>>.fullStage] + sets).map {
          .evaluation($0, operations: operations)
        },
      run: { try run(c, key: key, $0) },
      evaluationSet: { try c.task.data.parts(.cifar10, $0).valid.evaluationSet },
      predict: { try predict(with: c.model.description, $0) })
  }

  /// What the steps of a set's masks are called: pairs are drawn, so that their names depend on the
  /// seed.
  private static func setName(_ set: Int, _ letter: String) -> String { "set-\(set)-\(letter)" }

  private func run(_ c: Configuration, key: JSONValue, _ context: RunContext) throws {
    let images = try study(c, context)
    let subsets = c.task.subsets(context.random("pairs"))
    let frozen = try images.train(key: key)
    let repeated = subsets.enumerated().flatMap { index, subset in
      Self.repetitions.map { letter in
        var stage = images.stage(
          "\(subset.name)-\(letter)", batches: "batches/masks/\(letter)",
          classes: subset.classes.contains)
        stage.step = Self.setName(index, letter)
        return stage
      }
    }
    let stages = try images.learnMasks(repeated, c.mask, frozen)
    try measure(images, stages, subsets)
    try context.save(images.network)
    try context.save(stages)
  }

  // MARK: Measurement

  /// Overlap of the two masks of every set, over all layers and without the copied classifier;
  /// accuracy of the masked networks on all images (`iid`) and on those of the set (`own`).
  private func measure(
    _ images: ImageStudy<SequentialNetwork<Float>>, _ stages: [StageMasks],
    _ subsets: [MaskStabilityTask.Subset]
  ) throws {
    let full = stages[0]
    let context = images.context
    func evaluate(
      _ stage: String, _ mode: MaskMode, _ masks: MaskSet, set: String = "iid",
      classes isIncluded: (String) -> Bool = { _ in true }
    ) throws {
      try images.evaluate(masks: [masks], classes: isIncluded)
        .record(stage: stage, mode: mode, set: set, in: context)
    }
    let pretrained = StepName.pretraining
    try context.evaluate(StepName.evaluation(pretrained)) {
      try evaluate(pretrained, .none, MaskSet([:]))
    }
    try context.evaluate(StepName.evaluation(full.name)) {
      try evaluate(full.name, .mask, full.masks)
    }
    let count = Self.repetitions.count
    // None where the full task alone has masks.
    let learned = subsets.prefix((stages.count - 1) / count)
    for (index, subset) in learned.enumerated() {
      let masks = Array(stages.dropFirst(1 + index * count).prefix(count))
      let tables = MaskTables(stages: [full] + masks, context: context)
      for (index, stage) in tables.stages.enumerated() { tables.recordStage(stage, index: index) }
      masks[0].recordOverlap(
        with: masks[1],
        groups: ["all-but-classifier": { !ImageClassifier.parameters.contains($0) }], in: context)
      for (stage, letter) in zip(masks, Self.repetitions) {
        try context.evaluate(StepName.evaluation(Self.setName(index, letter))) {
          try evaluate(stage.name, .mask, stage.masks)
          try evaluate(
            stage.name, .mask, stage.masks, set: "own", classes: subset.classes.contains)
        }
      }
    }
  }
}
