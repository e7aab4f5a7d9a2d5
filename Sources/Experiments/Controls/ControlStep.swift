import ExperimentKit
import Masks
import NeuralNetworks

/// The steps of controls.
enum ControlStep {
  /// The evaluation of a mask on the tasks of all stages.
  static let tasks = "tasks"
  /// The evaluation of masks of all sizes.
  static let curve = "curve"
  /// The evaluation of an adversary.
  static let adversary = "adversary"

  /// The evaluation of removed weights that come back at random.
  static func returned(_ unit: RestoredUnit) -> String { "returned-\(unit.rawValue)" }

  /// What comes back at random together. A layer has few members: at random nothing is learned of it.
  static let returnedUnits = [RestoredUnit.weight, .row]

  /// The evaluation of masks that avoid each other.
  static let apart = "apart"

  /// The name of a mask that avoids those before it; the stage's own is the first.
  static func apart(_ stage: String, _ number: Int) -> String { "\(stage)-apart-\(number)" }

  /// The name of the stage of a function that the network never learned.
  static func neverLearned(_ name: String) -> String { "never-\(name)" }
}

extension RunStep {
  /// The steps of ``MaskControls``.
  ///
  /// - Parameters:
  ///   - controls: what is compared.
  ///   - stages: names of the stages.
  ///   - neverLearned: names of the functions that masks are learned for.
  ///   - masks: the training of a stage's masks.
  ///   - network: whose masks they are.
  ///   - batch: examples per step of mask training.
  static func controls(
    _ controls: ControlSettings, stages: [String], neverLearned: [String],
    masks: (String) -> RunStep, network: NetworkOutline, batch: Int
  ) -> [RunStep] {
    guard controls.areOn else { return [] }
    let once = Double(controls.examples) * network.forwardOperations
    func evaluations(_ stage: String, _ part: String, _ count: Int, _ more: Double = 0) -> RunStep {
      .evaluation(stage, part, operations: Double(count) * once + more)
    }
    func robustness(_ stage: String) -> [RunStep] {
      let draws = controls.draws * (controls.returned.count + 1) + 1
      let units = controls.adversaryUnits.count
      let budget = controls.adversarySteps.max() ?? 0
      let attacks = units * controls.adversaryRestarts
      return ControlStep.returnedUnits.map { evaluations(stage, ControlStep.returned($0), draws) }
        + [
          evaluations(
            stage, ControlStep.adversary, attacks * controls.adversarySteps.count + units,
            Double(attacks * budget) * network.trainingOperations(batch: batch))
        ]
    }
    let basic =
      [evaluations(StepName.pretraining, ControlStep.tasks, stages.count)]
      + stages.flatMap { stage in
        [
          evaluations(stage, ControlStep.tasks, stages.count + 1),
          evaluations(stage, ControlStep.curve, KeptFractionCurve.fractions.count + 1),
        ] + robustness(stage)
      }
    let repeats = (0..<controls.repeatCount).flatMap { repetition in
      stages.map { masks("\($0)-repeat-\(repetition + 1)") }
    }
    let nulls = neverLearned.map(ControlStep.neverLearned)
    let destroyed = controls.destroyedNetworks.flatMap { kind in
      let names = stages.dropFirst().map(kind.name)
      return names.map(masks) + names.map { evaluations($0, ControlStep.tasks, 3) }
    }
    let apart = controls.apartCount
    let masksApart = stages.dropFirst().flatMap { stage in
      (1..<apart).map { masks(ControlStep.apart(stage, $0 + 1)) }
        + [evaluations(stage, ControlStep.apart, apart)]
    }
    return basic + repeats + nulls.map(masks)
      + nulls.flatMap { null in
        [evaluations(null, ControlStep.tasks, 3 * stages.count + 2)] + robustness(null)
      } + destroyed + (apart > 1 ? masksApart : [])
  }
}
