import ExperimentKit
import Masks
import NeuralNetworks
import Tensors

/// The evaluations of a network, as it is and under masks: each a step of the run.
struct MaskedEvaluation<Network: ParameterContainer> where Network.Scalar == Float {
  /// Measures a network under the masks that take effect, one set or several, and records rows.
  typealias Body = (_ stage: String, _ mode: MaskMode, _ masks: [MaskSet]) throws -> Void

  /// The tensors that mask modes treat apart.
  struct Parts {
    /// Those next to inputs and outputs.
    let inputOutput: Set<String>
    /// One or more early halves of the tensors; results are taken over all of them together.
    let halves: [Set<String>]
  }

  let network: Network
  let context: RunContext
  /// Whether a control that cannot be as large as the mask is left out: not when they are off, so that
  /// results are then what they were before there were any.
  var controls = ControlSettings.off

  /// Records the tables about the masks of all stages; measures the network as it is, and under the
  /// masks in every mode.
  func measure(_ stages: [StageMasks], parts: Parts, _ body: Body) throws {
    MaskTables(stages: stages, context: context).record()
    try ofNetwork(body)
    try ofMasks(stages, parts: parts, body)
  }

  /// The network as it is.
  func ofNetwork(_ body: Body) throws {
    let stage = StepName.pretraining
    try context.evaluate(StepName.evaluation(stage)) { try body(stage, .none, [MaskSet([:])]) }
  }

  /// The network under the masks of every stage in every mode.
  ///
  /// The half modes are those of the first stage only, the full task.
  private func ofMasks(_ stages: [StageMasks], parts: Parts, _ body: Body) throws {
    let weights = network.parameters.reduce(into: [:]) { $0[$1.name] = $1.value }
    for (index, stage) in stages.enumerated() {
      for mode in MaskMode.evaluated(isFirst: index == 0) {
        try context.evaluate(StepName.evaluation(stage.name, mode.rawValue)) {
          if controls.areOn, let control = MaskControl(rawValue: mode.rawValue) {
            let tooSmall = control.tooSmall(for: stage.masks)
            guard tooSmall.isEmpty else { return warn(control, stage, tooSmall) }
          }
          let halves = mode.isHalf ? parts.halves : [parts.halves.first ?? []]
          let masks = halves.map { early in
            MaskContext(
              weights: weights, full: stages[0].masks, inputOutput: parts.inputOutput, early: early
            ).masks(mode, of: stage.masks) {
              context.random("controls/\(stage.name)/\(mode.rawValue)/\($0)")
            }
          }
          try body(stage.name, mode, masks)
        }
      }
    }
  }

  private func warn(_ control: MaskControl, _ stage: StageMasks, _ names: [String]) {
    context.warn(
      "the mask of '\(stage.name)' keeps more than half of \(names.joined(separator: ", ")), so that "
        + "'\(control.rawValue)' cannot be as large: it is left out")
  }
}

extension MaskMode {
  /// The modes in which a stage's masks are evaluated.
  ///
  /// - Parameter isFirst: whether the stage is the first one, the full task.
  static func evaluated(isFirst: Bool) -> [MaskMode] {
    allCases.filter { $0 != .none && (isFirst || !$0.isHalf) }
  }
}

extension RunStep {
  /// The evaluations of ``MaskedEvaluation``: of the network, then of the stages in all modes.
  ///
  /// - Parameters:
  ///   - stages: names of the stages.
  ///   - operations: floating-point operations of one evaluation.
  ///   - halves: how many early halves are evaluated together.
  static func evaluations(
    stages: [String], operations: Double, halves: Int = 1
  ) -> [RunStep] {
    let masked = stages.enumerated().flatMap { index, stage in
      MaskMode.evaluated(isFirst: index == 0).map { mode in
        RunStep(
          StepName.evaluation(stage, mode.rawValue), .evaluation, count: 1,
          operations: operations * Double(mode.isHalf ? halves : 1))
      }
    }
    return [.evaluation(StepName.pretraining, operations: operations)] + masked
  }

  /// An evaluation of a stage, or of what has another name.
  static func evaluation(
    _ stage: String, _ mode: String? = nil, operations: Double
  ) -> RunStep {
    RunStep(StepName.evaluation(stage, mode), .evaluation, count: 1, operations: operations)
  }
}
