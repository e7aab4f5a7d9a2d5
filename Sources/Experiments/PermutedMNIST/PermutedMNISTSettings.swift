import ExperimentKit
import Masks
import NeuralNetworks
import Store

/// Everything a manifest can say about transfer on permuted MNIST.
struct PermutedMNISTSettings: Settings {
  var task = ImageTask()
  var model = PermutedMNISTModel()
  var transfer = TransferSettings()
  var mask = JointTrainingSettings()
  var logEvery = 100
  var clusters = MaskClusterSettings()

  static let schema = Schema<PermutedMNISTSettings>([
    .section("task", \.task, "the images"),
    .section("model", \.model, "the network"),
    .section("transfer", \.transfer, "the sequence of permutations"),
    .section("mask", \.mask, "training of weights and masks together, for each permutation"),
    .integer(
      "log-every", \.logEvery, in: 1...1_000_000, unit: "steps",
      "distance of the rows of the training curve, which hold means since the row before"),
    Field.section(
      "clusters", \.clusters, "whether the masks of the permutations respect clusters of units"
    ).omittedByDefault(),
  ])
}

/// Manifest section `model` of transfer on permuted MNIST.
struct PermutedMNISTModel: Settings {
  var hidden = [800, 800, 64]

  static let schema = Schema<PermutedMNISTModel>([
    .integers(
      "hidden", \.hidden, in: 1...100_000, count: 1...64, unit: "units", paper: "[800, 800, 64]",
      "sizes of the hidden layers, first to last")
  ])
}

/// Manifest section `transfer`: what a permutation takes over from the ones before it.
struct TransferSettings: Settings {
  var permutations = 10
  var newLogit = 2.0
  var resetFirstLayer = true

  static let schema = Schema<TransferSettings>([
    .integer(
      "permutations", \.permutations, in: 1...1000, paper: "10",
      "number of permutations of the pixels that are learned one after the other; the first one is "
        + "the identity"),
    .number(
      "new-logit", \.newLogit, in: -80...80, unit: "logit", paper: "2, 0, -1",
      "start of the logits of weights that no earlier permutation uses; below `mask.init-logit`, "
        + "where the logits of used weights start, it makes the network prefer old weights"),
    .flag(
      "reset-first-layer", \.resetFirstLayer, paper: "true (ICLR), false (workshop)",
      "learn the first layer anew for every permutation. Earlier permutations then lose theirs; "
        + "without it their accuracy never changes"),
  ])
}

/// Manifest section `mask` where weights and masks are trained together.
struct JointTrainingSettings: Settings {
  var kind = MaskEstimatorKind.gumbelSigmoid
  var temperature = 1.0
  var steps = 30_000
  var batch = 128
  var learningRate = 1e-2
  var beta = 1.28e-3
  var samples = 8
  var initialLogit = 2.0
  var clip = 1.0
  var roles: [ParameterRole] = [.weight, .bias]

  static let schema = Schema<JointTrainingSettings>([
    .choice(
      "kind", \.kind, paper: "gumbel-sigmoid",
      MaskEstimatorKind.documentation),
    MaskSettings.temperature(\.temperature),
    .integer(
      "steps", \.steps, in: 1...100_000_000, unit: "steps", paper: "30,000",
      "optimiser steps for each permutation, with a fresh Adam over weights and logits"),
    .integer(
      "batch", \.batch, in: 1...1_000_000, unit: "examples", paper: "128",
      "examples per step, drawn with replacement; a multiple of `mask.samples`"),
    .number(
      "lr", \.learningRate, in: 0...1000, paper: "1e-2", "learning rate of weights and logits"),
    .number(
      "beta", \.beta, in: 0...1e6, paper: "1.28e-3",
      "regularisation strength; the penalty is beta / batch times the sum of the logits"),
    .integer(
      "samples", \.samples, in: 1...64, paper: "8",
      "masks drawn per batch; each serves one contiguous part of the batch"),
    .number(
      "init-logit", \.initialLogit, in: -80...80, unit: "logit", paper: "2.0",
      "start of all logits of the first permutation, later of those of weights that an earlier one "
        + "uses"),
    .number(
      "clip", \.clip, above: 0, paper: "1.0",
      "largest L2 norm of the gradients of weights and logits together: all of them are trained, so "
        + "that there is no `clip-scope`"),
    .choices(
      "roles", \.roles, count: 1...5, paper: "[weight, bias]",
      "roles of the parameters that get masks; all of the network must"),
  ])

  /// How gates are drawn and pressed.
  var estimator: any MaskEstimator { kind.estimator(temperature: temperature, steps: steps) }

  /// Whether a parameter gets a mask.
  func masks(_ parameter: ParameterOutline) -> Bool { roles.contains(parameter.role) }

  /// The rules that go beyond single keys.
  func validate(parameters: [ParameterOutline]) throws {
    try kind.validate(temperature: temperature)
    guard !kind.hasGivenSize else {
      throw Failure(
        .manifestInvalid, "mask.kind: \(kind.rawValue) is for networks that are frozen",
        why: "here weights and masks are trained together, each from its start",
        help: "the default is gumbel-sigmoid")
    }
    guard batch.isMultiple(of: samples) else {
      throw Failure(
        .manifestInvalid, "mask.batch is no multiple of mask.samples",
        why: "each of the \(samples) masks serves an equal part of \(batch) examples",
        help: "choose a batch such as \(samples * max(1, batch / samples))")
    }
    // What has no mask belongs to every permutation, and the next one would change it.
    if let parameter = parameters.first(where: { !masks($0) }) {
      throw Failure(
        .manifestInvalid, "mask.roles leaves out '\(parameter.role.rawValue)'",
        why: "\(parameter.name) would have no mask, so that later permutations would change what "
          + "earlier ones need", help: "write roles: [weight, bias]")
    }
  }
}
