import ExperimentKit
import Masks
import Store

/// Proposes the configurations that a ``BetaSearch`` asks for, one search for each configuration of the
/// manifest.
struct BetaSweeper: Sweeper {
  /// One search.
  struct Subject {
    /// The configuration whose β is searched for.
    let variant: ResolvedVariant
    let search: BetaSearch
  }

  /// The settings that the search chooses, by which its points differ.
  static let keys = ["mask.beta", "mask.steps", "mask.stages"]
  /// What the search switches off.
  private static let controlsKey = "controls.level"

  let subjects: [Subject]
  private let space: SweepSpace
  private let hasControls: Bool

  /// - Parameters:
  ///   - space: the manifest, and what the command line makes of it.
  ///   - settings: where the search of a configuration begins, given its own β and steps.
  /// - Throws: ``Failure`` when a configuration is refused, or has no such masks.
  init(_ space: SweepSpace, _ settings: (_ beta: Double, _ steps: Int) -> BetaSearch.Settings)
    throws
  {
    self.space = space
    var seen: Set<String> = []
    subjects = try space.resolve().compactMap { variant in
      guard seen.insert(Self.name(variant)).inserted else { return nil }
      let mask = variant.configuration["mask"]
      let kind = space.manifest.kind
      guard let beta = mask?["beta"]?.numberValue, let steps = mask?["steps"]?.integerValue
      else {
        throw Failure(
          .manifestInvalid, "\(kind.name) has no β to search for",
          why: "it has no masks that are trained under a penalty")
      }
      guard kind.settings.setting(Self.keys[2]) != nil else {
        throw Failure(
          .manifestInvalid, "\(kind.name) trains weights and masks together",
          why:
            "the search raises β until the accuracy drops below that of the network without masks, which is "
            + "trained first; here no network is ever trained without them",
          help: "compare values of β by a sweep: "
            + "modlab run \(space.manifest.path) --set mask.beta=\(beta / 4),\(beta),\(4 * beta)")
      }
      return Subject(variant: variant, search: BetaSearch(settings: settings(beta, steps)))
    }
    hasControls = space.manifest.kind.settings.setting(Self.controlsKey) != nil
  }

  mutating func next(_ results: () throws -> (any StudyResults)?) throws -> [ResolvedVariant] {
    let results = try results()
    return try subjects.flatMap { subject in
      let progress = try follow(subject, results)
      let points = progress.visits.map(\.point) + progress.next.map(\.point)
      return try points.flatMap { point in
        try space.resolve(at: overrides(point)).filter {
          Self.name($0) == Self.name(subject.variant)
        }
      }
    }
  }

  /// How far the search of a configuration has come.
  func follow(_ subject: Subject, _ results: (any StudyResults)?) throws -> BetaSearch.Progress {
    var known: [BetaSearch.Point: BetaSearch.Measurement] = [:]
    if let results {
      for group in try groups(of: subject, in: results) {
        known[group.point] = try Self.measurement(group.label, results)
      }
    }
    return subject.search.follow { known[$0] }
  }

  /// The results of a configuration at the points of its search.
  func groups(
    of subject: Subject, in results: any StudyResults
  ) throws -> [(point: BetaSearch.Point, label: ResultLabel)] {
    let axes = results.axes
    let own = subject.variant.axes.filter { !Self.chooses($0.key) }
    return results.groups.compactMap { group in
      func value(_ key: String) -> String? {
        axes.firstIndex(of: key).map { group.label.values[$0] }
      }
      guard group.label.variant == subject.variant.variant,
        group.label.profile == subject.variant.profile,
        group.count(.complete) == group.seeds.count,
        own.allSatisfy({ value($0.key) == $0.value }),
        let beta = value(Self.keys[0]).flatMap(Double.init),
        let steps = value(Self.keys[1]).flatMap(Int.init), let stages = value(Self.keys[2])
      else { return nil }
      return (.init(beta: beta, steps: steps, isWhole: stages == "all"), group.label)
    }
  }

  /// A configuration without what the search chooses.
  static func name(_ variant: ResolvedVariant) -> String {
    ([variant.variant] + variant.axes.filter { !chooses($0.key) }.map { "\($0.key)=\($0.value)" })
      .joined(separator: " ")
  }

  /// Whether the search chooses a setting.
  static func chooses(_ key: String) -> Bool {
    keys.contains(key) || key == controlsKey
  }

  private func overrides(_ point: BetaSearch.Point) throws -> [SettingOverride] {
    let values = ["\(point.beta)", "\(point.steps)", point.isWhole ? "all" : "first"]
    return try
      (zip(Self.keys, values).map { "\($0)=\($1)" }
      + (hasControls ? ["\(Self.controlsKey)=off"] : [])).map(SettingOverride.parse)
  }

  // MARK: Measurements

  /// Means over seeds; nil when a value is missing.
  private static func measurement(
    _ label: ResultLabel, _ results: any StudyResults
  ) throws -> BetaSearch.Measurement? {
    let seeds = try SeedResult.all(of: label, in: results)
    guard !seeds.isEmpty else { return nil }
    func mean(_ value: (SeedResult) -> Double) -> Double {
      seeds.reduce(0) { $0 + value($1) } / Double(seeds.count)
    }
    return BetaSearch.Measurement(
      unmasked: mean(\.unmasked), accuracy: mean(\.accuracy), examples: mean(\.examples),
      hasSettled: seeds.allSatisfy(\.hasSettled))
  }
}

/// What one seed has measured at a point.
struct SeedResult {
  let seed: Int
  /// Accuracy of the network without masks, and number of examples.
  let unmasked: Double
  let examples: Double
  /// Under the mask of the complete task.
  let accuracy: Double
  /// Share of the weights that the mask of the complete task keeps.
  let keptFraction: Double
  /// The numbers of weights that it keeps, by layer.
  let kept: [(layer: String, count: Double)]
  /// Whether the kept fraction has settled.
  let hasSettled: Bool

  /// The seeds of a configuration, in their order.
  static func all(of label: ResultLabel, in results: any StudyResults) throws -> [SeedResult] {
    func rows(_ table: String) throws -> [Int: [ResultRow]] {
      Dictionary(grouping: try results.rows(of: table).filter { $0.label == label }) {
        $0.seed ?? 0
      }
    }
    let (accuracies, layers, curves) = try (
      rows("accuracy"), rows("layer_stats"), rows("training_curve")
    )
    return accuracies.keys.sorted().compactMap { seed in
      func accuracy(_ stage: String, _ mode: String, _ metric: String) -> Double? {
        accuracies[seed]?.first { $0.keys == [stage, mode, "iid"] && $0.metric == metric }?.value
      }
      guard let unmasked = accuracy("pretrained", "none", "accuracy"),
        let examples = accuracy("pretrained", "none", "n_examples"),
        let masked = accuracy("full", "mask", "accuracy")
      else { return nil }
      let own = (layers[seed] ?? []).filter { $0.keys[0] == "full" }
      var convergence = MaskConvergence()
      for row in (curves[seed] ?? [])
      where row.keys[0] == "full" && row.metric == "kept_frac" {
        convergence.note(step: Int(row.keys[1]) ?? 0, keptFraction: row.value)
      }
      return SeedResult(
        seed: seed, unmasked: unmasked, examples: examples, accuracy: masked,
        keptFraction: own.first { $0.keys[1] == "all" && $0.metric == "kept_frac" }?.value ?? .nan,
        kept: own.filter { $0.keys[1] != "all" && $0.metric == "n_kept" }.map {
          ($0.keys[1], $0.value)
        }, hasSettled: convergence.hasConverged)
    }
  }
}
