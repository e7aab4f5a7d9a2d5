import ExperimentKit
import Masks
import NeuralNetworks
import Tensors

/// Networks that cannot do what a network has learned, with layers of the same shapes.
enum DestroyedNetwork: String, CaseIterable, Sendable {
  /// The numbers of every tensor in random order.
  case shuffledWeights = "shuffled-weights"
  /// As before the training.
  case reinitialized = "re-initialised"

  /// The name of a stage's masks in the network.
  func name(_ stage: String) -> String { "\(rawValue)-\(stage)" }
}

/// Masks of the stages' tasks in networks that cannot do them: what masks alone can make of a network.
struct DestroyedNetworks<Network: ParameterContainer> where Network.Scalar == Float {
  let controls: MaskControls<Network>

  private var study: MaskStudy<Network> { controls.study }
  private var context: RunContext { controls.context }

  /// Learns masks for all stages but the first in each network, and measures them.
  ///
  /// - Returns: the masks.
  func run(_ masks: [StageMasks]) throws -> [StageMasks] {
    try controls.settings.destroyedNetworks.flatMap { kind in
      try with(kind) {
        let stages = controls.stages.dropFirst()
        // Nothing goes on from the training of another network.
        let learned = try study.forRightAnswers.learnIndependentMasks(
          stages.map { $0.stage.renamed(kind.name) },
          frozen: FrozenGradients(study.network.parameters, startingFrom: [:]))
        for (stage, (own, found)) in zip(stages, zip(masks.dropFirst(), learned)) {
          try context.evaluate(StepName.evaluation(kind.name(stage.step), ControlStep.tasks)) {
            try record(found, kind, stage, against: own)
          }
        }
        return learned
      }
    }
  }

  private func record(
    _ found: StageMasks, _ kind: DestroyedNetwork, _ stage: ControlledStage<Network>,
    against own: StageMasks
  ) throws {
    let examiner = controls.examiner(stage)
    let ranked = RankedWeights(logits: found.weightLogits)
    NullRow(
      kept: found.masks.keptCount, keptByStage: own.masks.keptCount,
      accuracy: try controls.accuracy(found.masks, on: examiner),
      atEqualSize: try controls.accuracy(
        ranked.mask(keeping: own.masks.keptCount), on: examiner),
      ofStage: controls.recordedAccuracy(of: own.name, on: stage.name),
      ofNetwork: try controls.accuracy(MaskSet([:]), on: examiner), chance: stage.task.chance
    ).record([own.name, kind.rawValue], in: context)
  }

  /// Gives the network other weights for as long as `body` runs.
  private func with<Result>(
    _ kind: DestroyedNetwork, _ body: () throws -> Result
  ) rethrows -> Result {
    let parameters = study.network.parameters
    let trained = parameters.map(\.value)
    for parameter in parameters {
      switch kind {
      case .reinitialized:
        parameter.value = study.source.initial?.tensors[parameter.name] ?? parameter.value
      case .shuffledWeights:
        let order = context.random("controls/shuffled-weights/\(parameter.name)")
          .permutation(parameter.shape.count)
        let numbers = parameter.value.scalars
        parameter.value = Tensor(order.map { numbers[$0] }, shape: parameter.shape)
      }
    }
    defer { for (parameter, value) in zip(parameters, trained) { parameter.value = value } }
    return try body()
  }
}
