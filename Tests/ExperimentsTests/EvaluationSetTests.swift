import ExperimentKit
import Experiments
import Store
import Tensors
import TestSupport
import Testing

/// Accuracies computed again from exported examples and predictions are those of the tables.
@Suite struct EvaluationSetTests {
  /// A finished smoke run: its tables, files and evaluation set.
  private struct Finished {
    let prepared: any PreparedRun
    let context: RunContext
    let weights: [String: Tensor<Float>]
    let masks: StoredMasks?
    let examples: EvaluationSet

    init(
      _ experiment: String, variant: String? = nil, _ changes: [(String, String)], folder: String
    ) throws {
      let subject = try TinyRun.configuration(experiment, variant: variant, changes)
      prepared = try subject.experiment.prepare(json: subject.configuration)
      context = try RunContext(seed: 3, folder: folder)
      try prepared.run(context)
      weights = try PredictionRequest.weights(
        of: Safetensors.read("\(folder)/weights.safetensors").tensors, path: "weights",
        note: { _ in })
      let path = "\(folder)/masks.safetensors"
      masks =
        Folder.exists(path) ? try StoredMasks(Safetensors.read(path).tensors, path: path) : nil
      examples = try prepared.evaluationSet(seed: 3, dataFolder: "")
    }

    /// What is measured on one set.
    struct Measured {
      /// The share of right rows, a row being right when all its targets are found.
      var accuracy = 0.0
      /// The mean over the rows of the cross-entropy of their targets: its sum for sequences, its mean
      /// over the digits otherwise.
      var loss = 0.0
      var count = 0.0
    }

    /// Predicts all examples and measures on every set.
    func measure(stage: String? = nil, isInverted: Bool = false) throws -> [String: Measured] {
      var factors: [String: Tensor<Float>]?
      if let stage { factors = try #require(masks).stage(stage).mapValues(\.factors) }
      let logits = try prepared.predict(
        PredictionRequest(
          weights: weights, masks: factors, isInverted: isInverted, inputs: examples.inputs))
      let width = examples.targets.count / examples.count
      let places = logits.reshaped(
        to: [examples.targets.count, logits.count / examples.targets.count])
      let (answers, logSum) = (places.argmaxRows(), places.softmaxRows().logSum)
      var measured: [String: Measured] = [:]
      for row in 0..<examples.count {
        let asked = (row * width..<(row + 1) * width).filter { examples.targets[$0] >= 0 }
        let isRight = asked.allSatisfy { Int(examples.targets[$0]) == answers[$0] }
        let loss = asked.reduce(0.0) {
          $0 + Double(logSum[flat: $1]) - Double(places[$1, Int(examples.targets[$1])])
        }
        for (name, members) in examples.sets where members[row] {
          measured[name, default: Measured()].accuracy += isRight ? 1 : 0
          measured[name, default: Measured()].loss +=
            examples.inputs["outputs"] == nil ? loss / Double(asked.count) : loss
          measured[name, default: Measured()].count += 1
        }
      }
      return measured.mapValues {
        Measured(accuracy: $0.accuracy / $0.count, loss: $0.loss / $0.count, count: $0.count)
      }
    }

    /// Compares with the table `accuracy`.
    func expectTable(_ stage: String, _ mode: String, _ measured: [String: Measured]) throws {
      for (set, found) in measured {
        func recorded(_ metric: String) throws -> Double {
          try context.value(.accuracy, [stage, mode, set], metric)
        }
        #expect(abs(try recorded("accuracy") - found.accuracy) <= 1e-12, "\(stage) \(mode) \(set)")
        #expect(try recorded("n_examples") == found.count)
        let loss = try recorded("loss")
        #expect(abs(loss - found.loss) <= 1e-5 * max(1, loss), "\(stage) \(mode) \(set)")
      }
    }
  }

  /// Enough training that not all accuracies are 0.
  private static let digits = [("pretrain.steps", "150"), ("mask.steps", "10")]

  private static let short = [("mask.steps", "3")]

  private static let studies: [(String, [(String, String)], Set<String>)] = [
    ("addmul-fnn", digits, ["iid", "add", "mul"]), ("addmul-lstm", digits, ["iid", "add", "mul"]),
    ("double-add-fnn", digits, ["pair1", "pair2"]),
    ("double-add-lstm", digits, ["iid", "pair1", "pair2"]), ("cifar10-cnn", short, ["iid"]),
    ("cifar10-resnet", short, ["iid"]),
    ("scan-lstm", short, ["iid", "jump", "length", "turn-left"]),
    ("scan-transformer", short, ["iid", "jump", "length", "turn-left"]),
    ("math-transformer", short, ["iid", "easy", "hard", "interpolate"]),
    ("planted-dial", short, ["iid", "first", "second"]),
  ]

  @Test(arguments: studies)
  func predictionsGiveTheAccuraciesOfTheTable(
    _ experiment: String, _ changes: [(String, String)], _ sets: Set<String>
  ) throws {
    try withTemporaryFolder { folder in
      let run = try Finished(experiment, changes, folder: folder)
      #expect(Set(run.examples.sets.keys) == sets)
      try run.expectTable("pretrained", "none", run.measure())
      let stages = try #require(run.masks).names
      #expect(stages.contains("full"))
      for stage in stages {
        try run.expectTable(stage, "mask", run.measure(stage: stage))
        try run.expectTable(stage, "inverse", run.measure(stage: stage, isInverted: true))
      }
    }
  }

  @Test func aSplitTrainedAloneIsEvaluatedOnItsOwnTestSet() throws {
    try withTemporaryFolder { folder in
      let run = try Finished("scan-baseline", [], folder: folder)
      #expect(run.examples.sets.count == 1)
      try run.expectTable("pretrained", "none", run.measure())
    }
  }

  @Test(arguments: ["mnist-dropout", "cnn-mnist"])
  func networksOfClusterStudiesAreEvaluatedOnTestImages(variant: String) throws {
    try withTemporaryFolder { folder in
      let run = try Finished("clusterability", variant: variant, [], folder: folder)
      #expect(Set(run.examples.sets.keys) == ["test"])
      let stage = variant == "cnn-mnist" ? "trained" : "pruned"
      try run.expectTable(stage, "none", run.measure())
    }
  }

  @Test func everyPermutationHasASet() throws {
    try withTemporaryFolder { folder in
      let run = try Finished("permuted-mnist", [], folder: folder)
      let stages = try #require(run.masks).names
      #expect(Set(run.examples.sets.keys) == Set(stages))
      let newest = try #require(stages.last)
      for stage in stages {
        let found = try #require(run.measure(stage: stage)[stage])
        try run.expectTable(newest, "mask", [stage: found])
      }
    }
  }

  @Test func bothSumsOfAnExampleAreInRowsOfTheirOwn() throws {
    try withTemporaryFolder { folder in
      let run = try Finished("double-add-fnn", Self.digits, folder: folder)
      let half = run.examples.count / 2
      let first = try #require(run.examples.sets["pair1"])
      #expect(first.prefix(half).allSatisfy { $0 } && !first.suffix(half).contains(true))
    }
  }

  @Test func theTensorsOfAFileNameTheSets() throws {
    let set = EvaluationSet(
      inputs: ["inputs": .float32(Tensor([1, 2], shape: [2, 1]))], targets: [0, 1], shape: [2],
      sets: ["iid": [true, false]])
    #expect(set.tensors["set/iid"] == .uint8([1, 0], [2]))
    #expect(set.tensors["targets"] == .int64([0, 1], [2]))
    #expect(set.tensors.count == 3)
  }
}
