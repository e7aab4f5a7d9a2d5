import ExperimentKit
import Foundation
import Masks
import NeuralNetworks
import Store

/// Manifest section `mask`: how masks are trained on the frozen network.
struct MaskSettings: Settings {
  var kind = MaskEstimatorKind.gumbelSigmoid
  var temperature = 1.0
  var target = MaskTarget()
  var objective = MaskObjective.task
  var unit = MaskUnits(.weight)
  var block: [Int] = []
  var secondBeta: Double?
  var steps = 20_000
  var batch: Int?
  var learningRate = 1e-2
  var beta = 1e-4
  var samples = 4
  var initialLogit = 2.0
  var initialProbability: Double?
  var clip = 1.0
  var clipScope = ClipScope.trainable
  var dropoutInTraining = false
  var outputGroups = OutputGroups.elements
  var compact = true
  var stages = MaskStages.all
  var roles: [ParameterRole] = [.weight]
  var exclude: [String] = []

  static let schema = Schema<MaskSettings>([
    .choice(
      "kind", \.kind, paper: "gumbel-sigmoid",
      MaskEstimatorKind.documentation),
    MaskSettings.temperature(\.temperature),
    .section("target", \.target, "the size of the masks, where it is given").omittedByDefault(),
    .choice(
      "objective", \.objective, paper: "task",
      "what masks are trained for: `task`, right answers; `match`, the outputs of the network without masks "
        + "on the same examples. Masks of functions that the network never learned, and of destroyed networks, "
        + "are trained for right answers all the same"
    ).omittedByDefault(),
    .structured("unit", \.unit, paper: "weight", MaskUnits.documentation).omittedByDefault(),
    .integers(
      "block", \.block, in: 1...1_000_000, count: 0...2, unit: "weights",
      "with `unit: block`, rows and columns of the blocks of a weight, such as [8, 8]; they divide the "
        + "extents of every masked weight, of which a kernel counts as the matrix of its filters"
    ).omittedByDefault(),
    .integer(
      "steps", \.steps, in: 1...100_000_000, unit: "steps", paper: "20,000",
      "optimiser steps for the masks of one stage (a fresh Adam per stage)"),
    .optionalInteger(
      "batch", \.batch, in: 1...1_000_000, unit: "examples",
      "examples per step, when it is not `pretrain.batch`; `beta` is divided by the latter all the "
        + "same"),
    .number("lr", \.learningRate, in: 0...1000, paper: "1e-2", "learning rate of the logits"),
    .number(
      "beta", \.beta, in: 0...1e6, paper: "1e-4",
      "regularisation strength; the penalty is beta / batch times the sum of the logits"),
    .optionalNumber(
      "second-beta", \.secondBeta, in: 0...1e6,
      "regularisation strength for the gates of the second of two units, when it is not `beta`"
    ).omittedByDefault(),
    .integer(
      "samples", \.samples, in: 1...64, paper: "4",
      "masks drawn per batch; each serves one contiguous part of the batch, whose size must be a "
        + "multiple of it"),
    .number(
      "init-logit", \.initialLogit, in: -80...80, unit: "logit", paper: "2.0",
      "start of every logit; 2 keeps a weight with probability 0.88"),
    .optionalNumber(
      "init-prob", \.initialProbability, in: 1e-6...0.999999, unit: "probability",
      "start of every keep probability; takes the place of `init-logit`"),
    .number(
      "clip", \.clip, above: 0, paper: "1.0", "largest L2 norm of the gradient within `clip-scope`"),
    .choice(
      "clip-scope", \.clipScope, paper: "reference",
      "which gradients the norm counts: `trainable` only those of the logits; `reference` also the "
        + "never-cleared gradients of the frozen parameters, as in the papers' own code, which removes "
        + "more weights (see docs/method.md)"),
    .flag(
      "dropout-in-training", \.dropoutInTraining, paper: "true (workshop, CIFAR-10), false",
      "whether dropout acts while masks are trained, in networks that have it; normalisation uses its "
        + "frozen statistics all the same"
    ).omittedByDefault(),
    .choice(
      "output-groups", \.outputGroups, paper: "time-major",
      "which states each mask sample of the output layer serves, where a recurrent network applies it "
        + "to several steps at once: `elements` those of its part of the batch, as in all layers; "
        + "`time-major` those of its part of all states joined step after step, as in the papers' own "
        + "code, so that only the last samples take part in a loss at the last step"
    ).omittedByDefault(),
    .flag(
      "compact", \.compact,
      "whether rows and columns of weights leave the products when no mask can keep anything of them any "
        + "more, which saves time and changes results by rounding"
    ).omittedByDefault(),
    .choice(
      "stages", \.stages,
      "which stages get masks: `all`, or the `first` alone, the complete task, as `modlab tune` has it while it "
        + "searches for `beta`; not with controls"
    ).omittedByDefault(),
    .choices(
      "roles", \.roles, count: 1...5, paper: "[weight]", "roles of the parameters that get masks"),
    .texts(
      "exclude", \.exclude,
      "names of parameters that get no mask; `*` stands for any text, as in `--only`"),
  ])

  /// The temperature of an estimator.
  static func temperature<Root>(_ path: SettingPath<Root, Double>) -> Field<Root> {
    .number(
      "temperature", path, in: 1e-3...1e3, paper: "1",
      "τ of the `gumbel-sigmoid` σ((logit + noise) / τ): changes the slope of the straight-through "
        + "gradient, not what is drawn; other temperatures than 1 take longer"
    ).omittedByDefault()
  }

  /// Those of the stages that get masks.
  func masked<Stage>(stages: [Stage]) -> [Stage] {
    self.stages == .first ? Array(stages.prefix(1)) : stages
  }

  /// How gates are drawn and pressed.
  var estimator: any MaskEstimator {
    kind.estimator(temperature: temperature, steps: steps, kept: target.kept ?? 1)
  }

  /// The logit that all masks start from.
  var startLogit: Float {
    guard let p = initialProbability else { return Float(initialLogit) }
    return Float(log(p / (1 - p)))
  }

  /// How a stage's masks are trained.
  ///
  /// - Parameter batch: that of pre-training, which divides the strength of the penalty.
  func training(batch: Int) -> MaskTrainer<Float>.Settings {
    MaskTrainer.Settings(
      learningRate: learningRate, beta: beta, batch: batch, samples: samples,
      startLogit: Double(startLogit), clip: clip, clipScope: clipScope, dropsOut: dropoutInTraining,
      outputGroups: outputGroups,
      target: kind.hasGivenSize ? nil : target.kept.map { .init(kept: $0, steps: steps) },
      objective: objective,
      dropsDeadWeights: compact)
  }

  /// What a gate acts on.
  ///
  /// - Parameter network: all parameters of the network, in its order.
  func maskUnit(of network: [ParameterOutline]) -> any MaskUnit {
    unit.unit(of: network, block: block, secondBeta: secondBeta)
  }

  /// The parameters that get masks: those of the roles, and what belongs to their gates.
  ///
  /// - Parameter network: all parameters of the network, in its order.
  func masked(_ network: [ParameterOutline]) -> [ParameterOutline] {
    let allowed = network.filter { parameter in
      !exclude.contains { GlobPattern($0).matches(parameter.name) }
    }
    let chosen = Set(allowed.filter { roles.contains($0.role) }.map(\.name))
    let companions = maskUnit(of: network).companions(of: chosen)
    return allowed.filter { chosen.contains($0.name) || companions.contains($0.name) }
  }

  /// The rules that go beyond single keys.
  ///
  /// - Parameters:
  ///   - batch: `pretrain.batch`.
  ///   - network: whose masks are trained.
  func validate(batch pretrainBatch: Int, network: NetworkOutline) throws {
    let batch = batch ?? pretrainBatch
    guard batch.isMultiple(of: samples) else {
      let key = self.batch == nil ? "pretrain.batch" : "mask.batch"
      throw Failure(
        .manifestInvalid, "\(key) is no multiple of mask.samples",
        why: "each of the \(samples) masks serves an equal part of \(batch) examples",
        help: "choose a batch such as \(samples * max(1, batch / samples))")
    }
    try kind.validate(temperature: temperature)
    guard outputGroups == .elements || network.readsSteps else {
      throw Failure(
        .manifestInvalid, "mask.output-groups is 'time-major', but the network is not recurrent",
        why: "its output layer is not applied to steps of a recurrence",
        help: "leave out mask.output-groups")
    }
    let masked = masked(network.parameters)
    guard !masked.isEmpty else {
      throw Failure(
        .manifestInvalid, "no parameter of the network gets a mask",
        why: "mask.roles and mask.exclude leave nothing", help: "the default is roles: [weight]")
    }
    try unit.validate(
      block: block, secondBeta: secondBeta, network: network.parameters, masked: masked)
    try target.validate(kind, unit, unit: maskUnit(of: network.parameters), masked: masked)
    guard target.kept == nil || secondBeta == nil else {
      throw Failure(
        .manifestInvalid, "mask.second-beta has no effect besides mask.target.kept",
        why: "the size is given in place of the strength of a penalty",
        help: "leave out one of them")
    }
  }
}

/// The stages that get masks.
enum MaskStages: String, CaseIterable, Sendable {
  /// All of them.
  case all
  /// The complete task.
  case first
}

extension MaskEstimatorKind {
  /// What the key `mask.kind` says.
  static let documentation =
    "estimator: `gumbel-sigmoid`, binary samples with a straight-through gradient; `hard-concrete`, samples "
    + "between 0 and 1 with a penalty on the probability of not being 0; `continuous-sparsification`, gates "
    + "without noise that become steps; `edge-popup`, the largest of learned scores, and `magnitude`, the "
    + "largest weights, as many of every layer as `target.kept` says (see docs/method.md)"

  /// The rules that go beyond single keys.
  func validate(temperature: Double) throws {
    guard self == .gumbelSigmoid || temperature == 1 else {
      throw Failure(
        .manifestInvalid, "mask.temperature is for mask.kind: gumbel-sigmoid",
        why: "the temperature of \(rawValue) is fixed", help: "leave it out")
    }
  }
}
