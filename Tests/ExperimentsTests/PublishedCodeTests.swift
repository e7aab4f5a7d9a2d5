import ExperimentKit
import Experiments
import Store
import Testing

/// The switches for what the published code did.
@Suite struct PublishedCodeTests {
  struct Switch: Sendable, CustomTestStringConvertible {
    var experiment: String
    var key: String
    var value: String
    var changes: [(String, String)] = []
    var testDescription: String { "\(experiment) \(key)" }
  }

  static let switches = [
    Switch(
      experiment: "addmul-fnn", key: "mask.temperature", value: "0.5",
      changes: [("mask.steps", "3"), ("log-every", "1")]),
    Switch(
      experiment: "cifar10-cnn", key: "mask.dropout-in-training", value: "true",
      changes: [("model.outer-dropout", "0.5"), ("mask.steps", "3"), ("log-every", "1")]),
    Switch(
      experiment: "addmul-lstm", key: "mask.output-groups", value: "time-major",
      changes: [("mask.steps", "3"), ("log-every", "1")]),
  ]

  /// Training and evaluation of the network stay; the masks become others.
  @Test(arguments: switches) func `switches change the training of masks alone`(
    _ one: Switch
  ) throws {
    let plain = try TinyRun.configuration(one.experiment, one.changes)
    let switched = try TinyRun.configuration(
      one.experiment, one.changes + [(one.key, one.value)])
    let keys = try [plain, switched].map {
      try $0.experiment.prepare(json: $0.configuration).pretrainingKey
    }
    #expect(keys[0] == keys[1], "they share the trained network")
    let runs = try [plain, switched].map { try TinyRun.run($0) }
    func rows(_ run: RunContext, isOfNetwork: Bool) -> [String] {
      (run.records(of: .trainingCurve) + run.records(of: .accuracy))
        .filter { ($0.keys[0] == "pretrained") == isOfNetwork }
        .map { "\($0.keys) \($0.metric) \($0.value.bitPattern)" }
    }
    #expect(!rows(runs[0], isOfNetwork: true).isEmpty)
    #expect(rows(runs[0], isOfNetwork: true) == rows(runs[1], isOfNetwork: true))
    #expect(rows(runs[0], isOfNetwork: false) != rows(runs[1], isOfNetwork: false))
    // The first step of a stage draws the same masks, so that temperature leaves its loss.
    let losses = try runs.map { run in
      let stage = try #require(
        run.records(of: .trainingCurve).map { $0.keys[0] }.first { $0 != "pretrained" })
      return try run.value(.trainingCurve, [stage, "1"], "loss")
    }
    #expect((abs(losses[0] - losses[1]) < 1e-5) == (one.key == "mask.temperature"))
  }

  /// Written out, the defaults change nothing, not even the configuration.
  @Test func `defaults are what a manifest without the keys means`() throws {
    for (key, value) in [
      ("mask.temperature", "1"), ("mask.dropout-in-training", "false"),
      ("mask.output-groups", "elements"),
    ] {
      #expect(
        try TinyRun.configuration("addmul-lstm", [(key, value)]).configuration
          == TinyRun.configuration("addmul-lstm").configuration)
    }
  }

  @Test func `networks without recurrence have no steps to group`() throws {
    for experiment in ["addmul-fnn", "scan-transformer", "cifar10-cnn"] {
      #expect {
        try TinyRun.configuration(experiment, [("mask.output-groups", "time-major")])
      } throws: {
        "\($0)".contains("mask.output-groups")
      }
    }
  }
}
