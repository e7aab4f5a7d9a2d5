import Datasets
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// Section 3, is the separation of functions enough to keep them from interfering? Masks of addition
/// and multiplication are learned; then the network is trained on one of the operations alone, with
/// the weights that the other one's mask keeps protected or not, and both are evaluated on the way.
///
/// Expectation: training on one operation harms the other, whose weights it changes; less so with its
/// mask protected, when the mask holds what it needs.
struct Interference: Kind {
  typealias Configuration = InterferenceSettings

  let name = "addmul-interference"
  let summary =
    "Does further training on one operation harm the other, and does its mask protect it?"
  let section = "3"
  let version = 1
  let tables: [Table] = Table.ofMasks + Table.ofControls + [.interference]
  let artefacts: [Artefact] = [.weights, .masks, .controlMasks]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    let study = c.study
    let addmul = AdditionMultiplicationFNN()
    let description = addmul.description(study)
    let outline = description.outline
    let key = addmul.pretrainingKey(study)
    guard study.pretrain.weightDecay == 0 else {
      throw Failure(
        .manifestInvalid, "pretrain.weight-decay is \(study.pretrain.weightDecay)",
        why: "weight decay changes protected weights", help: "leave it out")
    }
    guard study.mask.stages == .all else {
      throw Failure(
        .manifestInvalid, "mask.stages is '\(study.mask.stages.rawValue)'",
        why: "the masks of both operations protect what is trained further", help: "leave it out")
    }
    let operations = Double(study.task.validSize) * outline.forwardOperations
    let evaluated = [StepName.pretraining] + AdditionMultiplicationStage.names
    return try PreparedStudy(
      study, network: outline, key: key, stages: AdditionMultiplicationStage.names,
      evaluations: evaluated.map { .evaluation($0, operations: operations) }
        + InterferenceCondition.all(c.further).map { condition in
          RunStep(
            condition.stepName, .training, count: c.further.steps,
            operations: outline.trainingOperations(batch: study.pretrain.batch))
        },
      neverLearned: NeverLearnedOperation.names,
      run: { context in
        try InterferenceStudy(description, c, context).run(key: key)
      },
      evaluationSet: { study.task.evaluationSet($0) },
      predict: { try predict(with: description, $0) })
  }
}
