import ExperimentKit
import NeuralNetworks
import Store

/// Everything a manifest can say about interference: an addition and multiplication study, and what
/// its network is trained on afterwards.
struct InterferenceSettings: Settings {
  /// What masks are learned for.
  typealias Study = StudySettings<AdditionMultiplicationTask, AdditionMultiplicationFNNModel>

  var study = Study()
  var further = FurtherTraining()

  static let schema = Schema<InterferenceSettings>(
    Field.all(of: \.study) + [
      .section(
        "further", \.further,
        "training of one operation alone, after the masks of both have been learned")
    ])
}

/// Manifest section `further`: what the network is trained on after its masks have been learned.
struct FurtherTraining: Settings {
  /// What the trained operation is asked for.
  enum Targets: String, CaseIterable, Sendable {
    /// The results that the network knows.
    case same
    /// Results with other digits: each digit is replaced by the next one, 9 by 0.
    case renamed
  }

  /// Which parameters stay as they are.
  enum Protection: String, CaseIterable, Sendable {
    /// None.
    case none
    /// Those that the mask of the other operation keeps, and those that have no mask.
    case mask
    /// As many in every tensor as with `mask`, drawn at random, and those that have no mask.
    case random
  }

  var steps = 2000
  var learningRate = 1e-3
  var evaluateEvery = 200
  var targets = Targets.allCases
  var protections = Protection.allCases

  static let schema = Schema<FurtherTraining>([
    .integer(
      "steps", \.steps, in: 1...100_000_000, unit: "steps",
      "optimiser steps on one operation alone, with a fresh optimiser and the batch of `pretrain`"),
    .number("lr", \.learningRate, in: 0...1000, "learning rate"),
    .integer(
      "evaluate-every", \.evaluateEvery, in: 1...100_000_000, unit: "steps",
      "distance of the steps after which both operations are evaluated; they are before the first and "
        + "after the last one, too"),
    .choices(
      "targets", \.targets, count: 1...2,
      "what the operation is trained on: `same`, the results that the network knows, or `renamed`, "
        + "results in which each digit is replaced by the next one and 9 by 0"),
    .choices(
      "protections", \.protections, count: 1...3,
      "which parameters stay as they are: `none`; with `mask` those that the mask of the other "
        + "operation keeps; with `random` as many of every tensor, drawn at random. With the last two "
        + "also the parameters that have no mask"),
  ])

  /// How the network is trained, given how it was trained before.
  func settings(_ pretraining: PretrainingSettings) -> PretrainingSettings {
    var settings = pretraining
    settings.steps = steps
    settings.learningRate = learningRate
    settings.warmUp = 0
    settings.decaySteps = []
    return settings
  }

  /// Numbers of steps after which the network is evaluated.
  func isEvaluated(after step: Int) -> Bool {
    step.isMultiple(of: evaluateEvery) || step == steps
  }
}
