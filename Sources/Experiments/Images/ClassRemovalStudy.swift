import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

extension Table {
  /// Drop of a class when its mask is used.
  public static let classDrop = Table(
    "class_drop", "What becomes of a class whose examples the masks are trained without",
    keys: [Key("class", "name of the class that is left out")],
    metrics: [
      Metric(
        "relative_drop",
        "(r₀ − r) / r₀ for the class's rates of right predictions r₀ under the full-task mask and r "
          + "under the stage's"),
      Metric(
        "worst_other_over_target",
        "the largest relative drop of another class, at least 0, over that of the class"),
    ])

  /// What class removal records.
  static let ofClassRemoval: [Table] =
    ofMasks + ofControls + [.confusion, .confusionDelta, .classDrop]
}

/// Class removal for any kind of network: stages and measurements.
///
/// The first stage is trained on all classes. In each other stage one class is left out, and the masks
/// of the classifier are those of the first: they are drawn from while the others are trained, but
/// stay as they are, so that what the network forgets is not just taken from its last layer.
struct ClassRemovalStudy<Network: Module> where Network.Scalar == Float {
  let images: ImageStudy<Network>
  /// How masks are trained.
  let masking: MaskSettings
  /// What they are compared with.
  let controls: ControlSettings
  /// The classes that are left out.
  let classes: [String]

  /// Trains, learns the masks of all stages, measures and saves.
  ///
  /// - Parameters:
  ///   - key: what training depends on.
  ///   - parts: the tensors that mask modes treat apart.
  func run(key: JSONValue, parts: MaskedEvaluation<Network>.Parts) throws {
    let context = images.context
    let frozen = try images.train(key: key)
    let study = MaskStudy(source: images.source, masking: masking, controls: controls)
    func learn(_ repetition: Int, _ frozen: FrozenGradients<Float>) throws -> [StageMasks] {
      try images.learnMasks(classes.map(stage), masking, frozen, repetition: repetition)
    }
    let comparison = try MaskControls(
      study, stages: controlledStages, declared: NeverLearnedClasses.names, frozen: frozen,
      neverLearned: { images.neverLearned($0) }, relearn: learn)
    let stages = try learn(0, frozen)
    try study.evaluation.measure(stages, parts: parts, evaluate)
    try context.save(images.network, buffers: images.source.buffers)
    try context.save(stages)
    try comparison.run(stages)
  }

  /// The stage in which a class is left out.
  private func stage(_ removed: String) -> MaskStudy<Network>.Stage {
    images.stage(removed) { $0 != removed }
  }

  /// The stages with what their masks are judged on: the images of the classes that they are trained on.
  private var controlledStages: [ControlledStage<Network>] {
    let full = ImageStudy<Network>.fullStage
    return [
      ControlledStage(
        stage: images.stage(full) { _ in true }, task: images.judged { _ in true })
    ]
      + classes.map { removed in
        ControlledStage(stage: stage(removed), task: images.judged { $0 != removed })
      }
  }

  /// Accuracy and loss; without masks and under the masks themselves confusion, how it differs from
  /// that under the full-task mask, what became of the removed class, and accuracy and loss on the
  /// classes that the masks are trained on.
  private func evaluate(stage: String, mode: MaskMode, masks: [MaskSet]) throws {
    let context = images.context
    let outcome = try images.evaluate(masks: masks)
    outcome.record(stage: stage, mode: mode, in: context)
    guard mode == .none || mode == .mask else { return }
    outcome.confusion.record(stage: stage, mode: mode, in: context)
    guard mode == .mask, stage != ImageStudy<Network>.fullStage else { return }
    let full = ClassConfusion(
      recordedIn: context, classNames: images.valid.classNames,
      stage: ImageStudy<Network>.fullStage, mode: .mask)
    outcome.confusion.recordDelta(from: full, stage: stage, in: context)
    outcome.confusion.recordDrop(ofClass: stage, from: full, in: context)
    try images.evaluate(masks: masks, classes: { $0 != stage })
      .record(stage: stage, mode: mode, set: "own", in: context)
  }
}

extension StudySettings {
  /// The rules of experiments that copy the classifier's masks from stage to stage.
  func validateCopying(parameters: [ParameterOutline]) throws {
    let masked = mask.masked(parameters).map(\.name)
    guard ImageClassifier.parameters.isSubset(of: masked) else {
      throw Failure(
        .manifestInvalid, "the classifier's weight and bias need masks",
        why: "those of the full task are copied to the other stages",
        help: "set mask.roles: [weight, bias], and do not exclude the classifier")
    }
  }
}
