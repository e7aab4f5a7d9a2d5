import Clusters
import ExperimentKit
import Statistics
import Store

/// Manifest section `tests`: which p values are judged together.
struct MultipleTestsSection: Settings {
  /// How Fisher's statistic becomes a p value.
  enum FisherTail: String, CaseIterable, Sendable {
    /// By χ², as published: `fisher_p` of `cluster_test`.
    case chi2
    /// By the distribution of p values on their grid: `fisher_exact_p`.
    case exact

    var metric: String { self == .chi2 ? "fisher_p" : "fisher_exact_p" }
  }

  /// What is tested: of lesions, or of images that excite units most.
  enum Quantity: String, CaseIterable, Sendable {
    case accuracy, importance
    case classRange = "class-range"
    case score, entropy, variance
  }

  var studies = ["cluster-importance"]
  var partition = "weights-k12"
  var quantities = [Quantity.importance, .classRange]
  var ties = TieMode.reference
  var fisher = FisherTail.chi2
  var level = 0.05

  static let schema = Schema<MultipleTestsSection>([
    .texts(
      "studies", \.studies, count: 1...16, paper: "[cluster-importance]",
      "studies in the same folder of results whose table `cluster_test` is read"),
    .text("partition", \.partition, paper: "weights-k12", "the partition whose tests count"),
    .choices(
      "quantities", \.quantities, count: 1...6,
      paper:
        "[importance, class-range] of cluster-importance, [score, entropy] of cluster-coherence",
      "quantities whose tests count"),
    .choice(
      "ties", \.ties, paper: "reference",
      "the mode of the p values of the sub-clusters, as in `cluster_test`"),
    .choice(
      "fisher", \.fisher, paper: "chi2",
      "p values of Fisher's test: by `chi2`, as published, or `exact` ones"),
    .number(
      "level", \.level, in: 0...1, paper: "0.05",
      "Benjamini and Hochberg: bound of the share of false findings; Holm: bound of the probability of "
        + "any"),
  ])

  /// The rules that go beyond single keys.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func validate() throws {
    for study in studies where !StudyName.isValid(study) {
      throw Failure(
        .manifestInvalid,
        "\(Failure.quote(study)) of 'tests.studies' cannot be the name of a study",
        help: "write the name of a folder of results, such as cluster-importance")
    }
    try DistinctRule.check(studies, of: "tests.studies")
    try DistinctRule.check(quantities.map(\.rawValue), of: "tests.quantities")
    if ties == .mid {
      throw Failure(
        .manifestInvalid, "'tests.ties' is 'mid'",
        why: "halves of ranks have no exact and no categorical test",
        help: "write reference, conservative or random")
    }
  }
}

/// Everything a manifest can say about many tests.
struct ClusterMultipleTestsSettings: Settings {
  var tests = MultipleTestsSection()

  static let schema = Schema<ClusterMultipleTestsSettings>([
    .section("tests", \.tests, "which p values are judged together")
  ])
}

/// What remains significant when there are many tests?
///
/// Reads the tests that other studies have recorded in the same folder of results, and takes for every
/// network, quantity and test the median p over seeds, as the published tables print it. Benjamini's
/// and Hochberg's procedure is applied to the p values of each test apart, Holm's to all together.
/// Hod, Filan, Casper, Critch, Russell: Quantifying local specialization in deep neural networks, 2021,
/// appendix A.7, tables 4 and 5.
struct ClusterMultipleTests: Kind {
  typealias Configuration = ClusterMultipleTestsSettings

  let name = "cluster-multiple-tests"
  let summary = "What remains significant when there are many tests?"
  let section = ""
  let version = 1
  let tables: [Table] = [.multipleTests]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try c.tests.validate()
    return PreparedMultipleTests(settings: c.tests)
  }
}

/// A prepared configuration.
private struct PreparedMultipleTests: PreparedRun {
  /// One cell of the published tables of p values.
  private struct Test {
    /// Network and quantity.
    let place: [String]
    /// `fisher` or `chi2`.
    let name: String
    /// The median over seeds.
    let p: Double
  }

  private static let step = "multiple-tests"

  let settings: MultipleTestsSection

  var steps: [RunStep] {
    // Sorting a few dozen numbers.
    [RunStep(Self.step, .evaluation, count: 1, operations: 1000)]
  }

  var studiesRead: [String] { settings.studies }

  func describe() throws -> Architecture {
    throw Failure(.usage, "there is no network: the study reads the tables of other studies")
  }

  func run(_ context: RunContext) throws {
    let tests = try settings.studies.reduce(into: [Test]()) { tests, study in
      let found = try self.tests(of: study, context)
      for test in found where tests.contains(where: { $0.place == test.place }) {
        throw Failure(
          .runFailed,
          "there are two tests of '\(test.place[1])' of the network '\(test.place[0])'",
          why: "'\(study)' and an earlier one of 'tests.studies' both have it",
          help: "leave one of the studies out")
      }
      tests += found
    }
    try context.evaluate(Self.step) {
      for name in ["fisher", "chi2"] {
        record(.benjaminiHochberg, tests.filter { $0.name == name }, context)
      }
      record(.holm, tests, context)
    }
  }

  private func record(_ procedure: MultipleTests, _ tests: [Test], _ context: RunContext) {
    let p = tests.map(\.p)
    let significant = procedure.significant(p, level: settings.level)
    let adjusted = procedure.adjusted(p)
    for (index, test) in tests.enumerated() {
      let keys = test.place + [test.name, procedure.rawValue]
      context.record(.multipleTests, keys, "p", test.p)
      context.record(.multipleTests, keys, "adjusted_p", adjusted[index])
      context.record(.multipleTests, keys, "significant", significant[index] ? 1 : 0)
      context.record(.multipleTests, keys, "n_tests", Double(tests.count))
    }
  }

  /// The tests of a study, with the medians over its seeds.
  private func tests(of study: String, _ context: RunContext) throws -> [Test] {
    let all = try context.rows(of: .clusterTest, study: study)
    let rows = all.filter { row in
      row.keys[1] == settings.partition && row.keys[3] == settings.ties.rawValue
        && settings.quantities.contains { $0.rawValue == row.keys[2] }
    }
    let metrics = [
      (name: "fisher", metric: settings.fisher.metric), (name: "chi2", metric: "chi2_p"),
    ]
    var places: [[String]] = []
    var values: [[String]: [Double]] = [:]
    for row in rows where metrics.contains(where: { $0.metric == row.metric }) {
      let network = ([row.label.variant] + row.label.values.filter { !$0.isEmpty })
        .joined(separator: " ")
      let place = [network, row.keys[2]]
      if !places.contains(place) { places.append(place) }
      values[place + [row.metric], default: []].append(row.value)
    }
    guard !places.isEmpty else {
      throw Failure(
        .runFailed, "the study '\(study)' has no test that is asked for",
        why: "its table 'cluster_test' has none of the partition '\(settings.partition)', the ties "
          + "'\(settings.ties.rawValue)' and the quantities "
          + settings.quantities.map { "'\($0.rawValue)'" }.joined(separator: ", "),
        help: "its partitions are "
          + Set(all.map { $0.keys[1] }).sorted().joined(separator: ", "))
    }
    return places.flatMap { place in
      metrics.compactMap { name, metric in
        Summary.median(of: values[place + [metric]] ?? []).map {
          Test(place: place, name: name, p: $0)
        }
      }
    }
  }
}

extension Table {
  /// Many tests together.
  public static let multipleTests = Table(
    "multiple_tests", "Which tests over the sub-clusters of networks remain significant together",
    keys: [
      Key("network", "variant of the study that has tested it"), .subClusterQuantity,
      Key("test", "`fisher` or `chi2`, as in `cluster_test`"),
      Key(
        "procedure",
        "`bh`: Benjamini and Hochberg, for each test apart; `holm`: Holm, for all tests together"),
    ],
    metrics: [
      Metric("p", "median of the p values of all seeds of that study"),
      Metric("adjusted_p", "the smallest level at which the test is significant"),
      Metric("significant", "1: significant at the level of the study; else 0"),
      Metric("n_tests", "number of tests that are judged together"),
    ])
}
