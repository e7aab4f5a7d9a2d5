import ExperimentKit
import NeuralNetworks
import Store

/// Manifest section `pretrain`: how the network is trained before it is frozen.
struct PretrainingSettings: Settings {
  /// What changes the weights along their gradients.
  enum Optimizer: String, CaseIterable, Sendable {
    case adam
    case sgd
  }

  var steps = 20_000
  var batch = 128
  var learningRate = 1e-3
  var clip: Double? = 1.0
  var beta2 = 0.999
  var epsilon = 1e-8
  var warmUp = 0
  var optimizer = Optimizer.adam
  var momentum = 0.0
  var weightDecay = 0.0
  var decaySteps: [Int] = []

  static let schema = Schema<PretrainingSettings>([
    .integer(
      "steps", \.steps, in: 0...100_000_000, unit: "steps", paper: "20,000",
      "number of optimiser steps; with 0 masks are learned in the network as it is initialised"),
    .integer(
      "batch", \.batch, in: 1...1_000_000, unit: "examples", paper: "128",
      "examples per step, drawn with replacement; masks are trained with the same number unless"
        + " `mask.batch` says otherwise"),
    .number("lr", \.learningRate, in: 0...1000, paper: "1e-3", "learning rate"),
    .optionalNumber(
      "clip", \.clip, above: 0, paper: "1.0",
      "largest global L2 norm of the gradient; larger ones are scaled down"),
    .number(
      "beta2", \.beta2, in: 0...0.999999, paper: "0.999",
      "decay of Adam's second moment; that of the first is 0.9"),
    .number("epsilon", \.epsilon, in: 1e-20...1, paper: "1e-8", "Adam's epsilon"),
    .integer(
      "warm-up", \.warmUp, in: 0...100_000_000, unit: "steps", paper: "0",
      "steps over which the learning rate grows linearly from 0"),
    .choice(
      "optimizer", \.optimizer, paper: "adam",
      "`adam`, or `sgd`: gradient descent with `momentum`"
    ).omittedByDefault(),
    .number(
      "momentum", \.momentum, in: 0...0.999999, paper: "0.9 with sgd",
      "share of the last step in the next one, with `sgd` only"
    ).omittedByDefault(),
    .number(
      "weight-decay", \.weightDecay, in: 0...1000, paper: "0",
      "strength of an L2 penalty, whose gradient is this number times the weight"
    ).omittedByDefault(),
    .integers(
      "lr-decay-steps", \.decaySteps, in: 1...100_000_000, unit: "steps", paper: "[]",
      "steps from which on the learning rate is a tenth of what it was before"
    ).omittedByDefault(),
  ])

  /// The rules that go beyond single keys.
  func validate() throws {
    guard momentum == 0 || optimizer == .sgd else {
      throw Failure(
        .manifestInvalid, "pretrain.momentum is for pretrain.optimizer: sgd",
        why: "the momentum of adam is fixed at 0.9", help: "leave it out, or choose sgd")
    }
  }

  /// The learning rate of every step.
  var schedule: LearningRateSchedule {
    LearningRateSchedule(base: learningRate, milestones: decaySteps, warmUpSteps: warmUp)
  }

  /// The optimiser, at rest.
  func makeOptimizer(_ parameters: [Parameter<Float>]) -> any NeuralNetworks.Optimizer<Float> {
    switch optimizer {
    case .adam:
      Adam(
        parameters, learningRate: learningRate,
        configuration: .init(beta2: beta2, epsilon: epsilon, weightDecay: weightDecay))
    case .sgd:
      GradientDescent(
        parameters, learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
    }
  }
}
