import Datasets
import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Manifest section `task` of mask stability.
struct MaskStabilityTask: TaskWithImages {
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
/// The network has no dropout. The masks of the classifier are in all stages those of a stage 0 that
/// is trained on all classes, as in ``ClassRemovalCNN``; the overlap is taken with and without them.
/// Expectation: a much larger intersection over union than by chance.
struct MaskStability: ConvolutionalKind {
  typealias Task = MaskStabilityTask
  typealias Configuration = StudySettings<MaskStabilityTask, ConvolutionalModel>

  let name = "cifar10-mask-stability"
  let summary = "Do two masks for the same task keep the same weights?"
  let section = "5"
  let version = 1

  func validate(_ c: Configuration) throws { try c.validateCopying(parameters: outline(c)) }

  func totalSteps(_ c: Configuration) -> Int {
    c.totalSteps(stages: 1 + Self.repetitions.count * c.task.setCount)
  }

  // MARK: Masking

  /// The last letters of the names of a set's masks.
  private static let repetitions = ["a", "b"]

  func run(_ c: Configuration, _ context: RunContext) throws {
    let images = try study(c, context)
    let subsets = c.task.subsets(context.random("pairs"))
    let frozen = try images.pretrain(key: pretrainingKey(c) ?? .null)
    let stages = try images.learnMasks(frozen) { copied in
      subsets.flatMap { subset in
        Self.repetitions.map { letter in
          images.stage(
            "\(subset.name)-\(letter)", batches: "batches/masks/\(letter)", copying: copied,
            classes: subset.classes.contains)
        }
      }
    }
    try measure(images, stages, subsets)
    try context.save(images.study.network, stages)
  }

  // MARK: Measurement

  /// Overlap of the two masks of every set, over all layers and without the copied classifier;
  /// accuracy of the masked networks on all images (`iid`) and on those of the set (`own`).
  private func measure(
    _ images: ImageStudy<ConvolutionalNetwork<Float>>, _ stages: [StageMasks],
    _ subsets: [MaskStabilityTask.Subset]
  ) throws {
    let full = stages[0]
    let context = images.study.context
    context.log("measuring")
    try images.judge(masks: [MaskSet([:])]).record(stage: "pretrained", mode: .none, in: context)
    try images.judge(masks: [full.masks]).record(stage: full.name, mode: .mask, in: context)
    let count = Self.repetitions.count
    for (index, subset) in subsets.enumerated() {
      let masks = Array(stages.dropFirst(1 + index * count).prefix(count))
      let tables = MaskTables(stages: [full] + masks, context: context)
      for (index, stage) in tables.stages.enumerated() { tables.recordStage(stage, index: index) }
      masks[0].recordOverlap(
        with: masks[1],
        groups: ["all-but-classifier": { !ImageClassifier.parameters.contains($0) }], in: context)
      for stage in masks {
        try images.judge(masks: [stage.masks]).record(stage: stage.name, mode: .mask, in: context)
        try images.judge(masks: [stage.masks], classes: subset.classes.contains)
          .record(stage: stage.name, mode: .mask, set: "own", in: context)
      }
    }
  }
}
