import Datasets
import ExperimentKit
import Masks

extension Table {
  /// Accuracies while a network is trained on one of two operations.
  public static let interference = Table(
    "interference", "What further training on one operation does to both",
    keys: [
      Key("trained", "the operation that the network is trained on: `add` or `mul`"),
      Key("targets", "`same`: the results that it knows; `renamed`: with each digit the next one"),
      Key(
        "protection",
        "which parameters stay as they are: `none`; `mask`: those that the mask of the other operation "
          + "keeps; `random`: as many of every tensor, drawn at random"),
      Key("operation", "the operation that is evaluated"),
      Key("step", .integer, "number of optimiser steps of the further training"),
    ],
    metrics: [
      Metric(
        "accuracy",
        "share of right results, 0…1; of the trained operation those that it is trained on")
    ],
    controls: ["random", "none"].map { .rows(key: "protection", of: "mask", control: $0) })
}

/// What a network is trained on after its masks have been learned, and how the rest is protected.
struct InterferenceCondition {
  let trained: AdditionMultiplication.Operation
  let targets: FurtherTraining.Targets
  let protection: FurtherTraining.Protection

  /// All conditions of some settings.
  static func all(_ settings: FurtherTraining) -> [InterferenceCondition] {
    AdditionMultiplication.Operation.allCases.flatMap { trained in
      settings.targets.flatMap { targets in
        settings.protections.map {
          InterferenceCondition(trained: trained, targets: targets, protection: $0)
        }
      }
    }
  }

  /// What the training is called as a step of the run.
  var stepName: String { "train-\(trained.stage)-\(targets)-\(protection)" }

  /// The operation that is not trained.
  var other: AdditionMultiplication.Operation { trained == .add ? .multiply : .add }

  /// The result that is asked for.
  func result(
    of operation: AdditionMultiplication.Operation, for example: AdditionMultiplication.Example,
    in task: AdditionMultiplication
  ) -> Int {
    let result = task.result(of: operation, for: example)
    guard operation == trained, targets == .renamed else { return result }
    let digits = task.encoding.digits(of: result).map { ($0 + 1) % DigitEncoding.base }
    // Least significant first.
    return digits.reversed().reduce(0) { $0 * DigitEncoding.base + $1 }
  }

  /// The parameters that stay as they are.
  ///
  /// - Parameters:
  ///   - masks: what the other operation's mask keeps.
  ///   - unmasked: all of the parameters that have no mask.
  ///   - context: where random choices come from.
  func protected(_ masks: MaskSet, unmasked: MaskSet, _ context: RunContext) -> MaskSet {
    switch protection {
    case .none: MaskSet([:])
    case .mask: masks | unmasked
    case .random:
      MaskControl.random.masks(for: masks, weights: [:]) {
        context.random("protected/\(other.stage)/\($0)")
      } | unmasked
    }
  }
}

extension AdditionMultiplication.Operation {
  /// The stage whose masks are learned for the operation.
  var stage: String { self == .add ? "add" : "mul" }
}
