import ExperimentKit
import Experiments
import Testing

/// The networks of the published settings have the published numbers of parameters.
@Suite struct ParameterCountsTests {
  struct Expectation: Sendable, CustomTestStringConvertible {
    var experiment: String
    var variant = "main"
    var axis: String?
    var weights: Int
    var biases: Int
    var masked: Int
    var others = 0

    var testDescription: String { "\(experiment) \(variant) \(axis ?? "")" }
  }

  @Test(arguments: [
    Expectation(
      experiment: "addmul-lstm", weights: 829_440 + 5120, biases: 2048 + 20, masked: 834_560),
    Expectation(
      experiment: "double-add-fnn", variant: "big", weights: 12_240_000, biases: 8040,
      masked: 12_240_000),
    Expectation(
      experiment: "double-add-fnn", variant: "small", weights: 2_016_000, biases: 3240,
      masked: 2_016_000),
    Expectation(
      experiment: "double-add-lstm", axis: "together", weights: 868_352 + 10_240,
      biases: 2048 + 40, masked: 878_592),
    Expectation(
      experiment: "scan-lstm", weights: 2 * 492_800 + 1400, biases: 2 * 1600 + 7,
      masked: 987_000, others: 14 * 16 + 7 * 16),
    // Weight matrices of the layers and the output map; biases of the feed-forward layers and of the
    // output; scales and shifts are masked too.
    Expectation(
      experiment: "scan-transformer", weights: 240_000 + 360_000 + 700, biases: 6 * 300 + 7,
      masked: 603_700, others: 3000 + 14 * 100 + 7 * 100),
    // Everything is masked.
    Expectation(
      experiment: "cifar10-cnn", variant: "dropout", weights: 390_496, biases: 490,
      masked: 390_986),
    Expectation(
      experiment: "cifar10-mask-stability", variant: "pairs", weights: 390_496, biases: 490,
      masked: 390_986),
    Expectation(
      experiment: "cifar10-resnet", weights: 1_722_416, biases: 10, masked: 1_730_714,
      others: 8288),
  ])
  func `counts are the published ones`(_ expected: Expectation) throws {
    let manifest = try Manifest.load(
      Repository.manifest(expected.experiment), registry: AllKinds.registry)
    let runs = try manifest.resolve(profile: "paper")
    let matching = runs.filter {
      $0.variant == expected.variant && (expected.axis == nil || $0.axes[0].value == expected.axis)
    }
    let run = try #require(matching.first)
    let architecture = try manifest.kind.prepare(json: run.configuration).describe()
    func count(_ isIncluded: (String) -> Bool) -> Int {
      architecture.rows.reduce(0) { $0 + (isIncluded($1.role) ? $1.parameters : 0) }
    }
    #expect(count { $0 == "weight" } == expected.weights)
    #expect(count { $0 == "bias" } == expected.biases)
    #expect(count { $0 != "weight" && $0 != "bias" } == expected.others)
    #expect(architecture.maskedParameterCount == expected.masked)
  }
}
