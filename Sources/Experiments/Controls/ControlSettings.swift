import ExperimentKit
import Masks
import Store

/// Manifest section `controls`: what masks are compared with, before anything is concluded from them.
struct ControlSettings: Settings {
  /// How much is compared.
  enum Level: String, CaseIterable, Sendable {
    /// Nothing.
    case off
    /// What needs evaluations only.
    case basic
    /// Also a second mask of every stage, and a mask for a function that the network never learned.
    case standard
    /// Also a third mask of every stage, one for another such function, masks in destroyed networks, and
    /// masks that avoid each other.
    case full
  }

  var level = Level.basic
  var examples = 1000
  var draws = 32
  var returned = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1]
  var adversarySteps = [20, 80]
  var adversaryRestarts = 4
  var adversaryUnits = [RestoredUnit.layer]
  var repeats: Int?
  var neverLearned: [String] = []
  var destroyed: [DestroyedNetwork] = []
  var apart: Int?

  /// No controls.
  static let off: ControlSettings = {
    var settings = ControlSettings()
    settings.level = .off
    return settings
  }()

  static let schema = Schema<ControlSettings>([
    .choice(
      "level", \.level,
      "`off`; `basic`: all that needs evaluations only, of the learned masks and of masks that give back "
        + "removed weights; `standard`: also masks that are learned again with other noise, and one for a "
        + "function that the network never learned; `full`: more of both. `controls: basic` says the same "
        + "as `controls: {level: basic}`"),
    .integer(
      "examples", \.examples, in: 1...10_000_000, unit: "examples",
      "controls are judged on so many examples of a task, at most"),
    .integer(
      "draws", \.draws, in: 1...10_000, unit: "masks",
      "random choices of what removed weights come back"),
    .numbers(
      "returned", \.returned, in: 0...1, count: 1...100, unit: "probability",
      "q: removed weights, or rows of them, come back with these probabilities"),
    .integers(
      "adversary-steps", \.adversarySteps, in: 1...100_000, count: 1...10, unit: "steps",
      "budgets of the adversary, which brings removed weights back so that the loss grows: steps of 0.1 "
        + "along the sign of the gradient"),
    .integer(
      "adversary-restarts", \.adversaryRestarts, in: 1...1000,
      "random starts of the adversary, each with a training batch of its own; the worst counts"),
    .choices(
      "adversary-units", \.adversaryUnits, count: 1...3,
      "what the adversary has one coefficient for. Beware: one for each `row` or `weight` destroys every "
        + "mask, also of functions that the network has learned"),
    .optionalInteger(
      "repeats", \.repeats, in: 0...4, unit: "masks",
      "further masks of every stage in the same network, with other noise and other batches; by the level "
        + "if `none`: 1 for `standard`, 2 for `full`"),
    .texts(
      "never-learned", \.neverLearned,
      "functions of the same inputs that the network was not trained for, by the names that the "
        + "experiment gives them; by the level if empty: the first one for `standard`, the first two for "
        + "`full`"),
    .choices(
      "destroyed", \.destroyed, count: 0...2,
      "networks that masks of the stages' tasks are learned in although they do nothing: "
        + "`shuffled-weights`, the trained network with the numbers of every tensor in random order, and "
        + "`re-initialised`, the network as it was before its training; by the level if empty: both for "
        + "`full`"),
    .optionalInteger(
      "apart", \.apart, in: 1...10, unit: "masks",
      "how many masks of one task are learned that avoid what the others keep, the stage's own included; by "
        + "the level if `none`: 3 for `full`, else 1"),
  ])

  /// Whether anything is compared.
  var areOn: Bool { level != .off }

  /// How many further masks every stage gets.
  var repeatCount: Int {
    switch level {
    case .off: 0
    case .basic: repeats ?? 0
    case .standard: repeats ?? 1
    case .full: repeats ?? 2
    }
  }

  /// The networks that do nothing.
  var destroyedNetworks: [DestroyedNetwork] {
    !areOn ? [] : destroyed.isEmpty && level == .full ? DestroyedNetwork.allCases : destroyed
  }

  /// The same for a network that is not trained in the run, so that nothing is known of it before its
  /// training.
  var withoutTraining: ControlSettings {
    var result = self
    result.destroyed = destroyedNetworks.filter { $0 != .reinitialized }
    return result
  }

  /// The rule for such a network.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func validateWithoutTraining() throws {
    guard destroyed.contains(.reinitialized) else { return }
    throw Failure(
      .manifestInvalid, "controls.destroyed: 're-initialised' needs a network that is trained here",
      why: "nothing is known of the network before its training", help: "choose shuffled-weights")
  }

  /// How many masks of a task avoid each other.
  var apartCount: Int { !areOn ? 1 : apart ?? (level == .full ? 3 : 1) }

  /// λ of the pressure away from what other masks keep.
  static let repulsion = 1.0

  /// Whether a network is needed as it was before its training.
  var needsInitialWeights: Bool { destroyedNetworks.contains(.reinitialized) }

  /// The functions that masks are learned for although the network never learned them.
  ///
  /// - Parameter declared: those that the experiment has.
  /// - Throws: ``Failure`` when it does not have what is asked for.
  func neverLearned(of declared: [String]) throws -> [String] {
    guard areOn else { return [] }
    guard neverLearned.isEmpty else {
      if let name = neverLearned.first(where: { !declared.contains($0) }) {
        throw Failure(
          .manifestInvalid, "controls.never-learned: there is no function \(Failure.quote(name))",
          why: declared.isEmpty
            ? "the experiment has none that its networks never learn"
            : "the experiment has \(declared.joined(separator: ", "))",
          help: Suggestion.help(for: name, among: declared))
      }
      try DistinctRule.check(neverLearned, of: "controls.never-learned")
      return neverLearned
    }
    let count = level == .full ? 2 : level == .standard ? 1 : 0
    guard count <= declared.count else {
      throw Failure(
        .manifestInvalid,
        "controls.level is '\(level.rawValue)', which takes \(count) functions that "
          + "the network never learns",
        why: declared.isEmpty
          ? "the experiment has none"
          : "the experiment has only \(declared.joined(separator: ", "))",
        help: "choose controls: \(declared.isEmpty ? "basic" : "standard")")
    }
    return Array(declared.prefix(count))
  }

  /// Whether masks are trained besides those of the stages.
  var trainsMasks: Bool {
    areOn
      && (repeatCount > 0 || !neverLearned.isEmpty || level == .standard || level == .full
        || !destroyedNetworks.isEmpty || apartCount > 1)
  }
}

/// A section `task` of an experiment whose masks are controls of another kind themselves.
protocol TaskWithoutControls {}
