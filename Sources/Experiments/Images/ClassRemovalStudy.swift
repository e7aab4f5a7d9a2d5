import ExperimentKit
import Masks
import NeuralNetworks
import Store
import Tensors

/// Class removal for any kind of network: stages and measurements.
///
/// Stage 0 is trained on all classes. In each other stage one class is left out, and the masks of the
/// classifier are those of stage 0: they are drawn from while the others are trained, but stay as they
/// are, so that what the network forgets is not just taken from its last layer.
struct ClassRemovalStudy<Network: Module> where Network.Scalar == Float {
  let images: ImageStudy<Network>
  /// The classes that are left out.
  let classes: [String]

  private var study: MaskStudy<Network> { images.study }

  /// Trains, learns the masks of all stages, measures and saves.
  ///
  /// - Parameters:
  ///   - pretrainingKey: what training depends on.
  ///   - parts: the tensors that mask modes treat apart.
  func run(pretrainingKey: JSONValue, parts: MaskStudy<Network>.Parts) throws {
    let frozen = try images.pretrain(key: pretrainingKey)
    let stages = try images.learnMasks(frozen) { copied in
      classes.map { removed in images.stage(removed, copying: copied) { $0 != removed } }
    }
    try measure(stages, parts)
    try study.context.save(study.network, buffers: study.buffers, stages)
  }

  // MARK: Measurement

  /// Accuracy and loss under every mask mode; confusion without masks and under the masks, how it
  /// differs from that of stage 0, and what became of the removed class; sharing, overlap and
  /// histogram of the masks.
  private func measure(_ stages: [StageMasks], _ parts: MaskStudy<Network>.Parts) throws {
    let context = study.context
    context.log("measuring")
    MaskTables(stages: stages, context: context).record()
    var full: ClassConfusion?
    try study.forEachMode(stages, parts: parts) { stage, mode, masks in
      let outcome = try images.judge(masks: masks)
      outcome.record(stage: stage, mode: mode, in: context)
      guard mode == .none || mode == .mask else { return }
      outcome.confusion.record(stage: stage, mode: mode, in: context)
      guard mode == .mask else { return }
      guard let full else {
        full = outcome.confusion
        return
      }
      outcome.confusion.recordDelta(from: full, stage: stage, in: context)
      outcome.confusion.recordDrop(ofClass: stage, from: full, in: context)
    }
  }
}

extension StudySettings {
  /// The rules of experiments that copy the classifier's masks from stage to stage.
  func validateCopying(parameters: [ParameterOutline]) throws {
    try validate(parameters: parameters)
    let masked = parameters.filter(mask.masks).map(\.name)
    guard ImageClassifier.parameters.isSubset(of: masked) else {
      throw Failure(
        .manifestInvalid, "the classifier's weight and bias need masks",
        why: "those of the complete task are copied to the other stages",
        help: "set mask.roles: [weight, bias], and do not exclude the classifier")
    }
  }
}
