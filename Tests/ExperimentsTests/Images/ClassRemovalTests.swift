import ExperimentKit
import Experiments
import Store
import Tensors
import TestSupport
import Testing

/// Class removal with both networks, at toy size.
@Suite struct ClassRemovalTests {
  private static let experiments = ["cifar10-cnn", "cifar10-resnet"]
  private static let short = [("task.classes", "[ring-checks, cross-plain]")]

  /// The stored tensors of a run.
  private struct Files {
    var weights: [String: Tensor<Float>]
    var masks: [String: StoredTensor]

    func logits(_ stage: String) -> [String: Tensor<Float>] {
      var result: [String: Tensor<Float>] = [:]
      for (name, tensor) in masks where name.hasPrefix("\(stage)/") && name.hasSuffix(".logit") {
        if case .float32(let values) = tensor {
          result[String(name.dropFirst(stage.count + 1).dropLast(6))] = values
        }
      }
      return result
    }
  }

  private func files(
    _ experiment: String, _ changes: [(String, String)] = []
  ) throws -> (files: Files, context: RunContext) {
    try withTemporaryFolder { folder in
      let changes = Self.short.filter { key, _ in !changes.contains { $0.0 == key } } + changes
      let subject = try TinyRun.configuration(experiment, changes)
      let context = try RunContext(seed: 0, folder: folder)
      try subject.experiment.prepare(json: subject.configuration).run(context)
      let weights = try Safetensors.read("\(folder)/weights.safetensors").tensors
      let masks = try Safetensors.read("\(folder)/masks.safetensors").tensors
      let numbers = weights.compactMapValues { tensor -> Tensor<Float>? in
        if case .float32(let values) = tensor { values } else { nil }
      }
      return (Files(weights: numbers, masks: masks), context)
    }
  }

  @Test(arguments: experiments)
  func `the classifier's logits are those of stage 0, bit for bit`(_ experiment: String) throws {
    let (files, context) = try files(experiment)
    let full = files.logits("full")
    #expect(full.keys.contains("classifier.weight") && full.keys.contains("classifier.bias"))
    for stage in ["ring-checks", "cross-plain"] {
      let own = files.logits(stage)
      #expect(own.keys == full.keys)
      for (name, logits) in own {
        let isEqual = logits.scalars.map(\.bitPattern) == full[name]?.scalars.map(\.bitPattern)
        #expect(isEqual == name.hasPrefix("classifier"), "\(stage) \(name)")
      }
      for name in ["classifier.weight", "classifier.bias"] {
        #expect(try context.value(.layerStats, [stage, name], "removed_frac") == 0)
      }
    }
    // In stage 0 they are trained.
    #expect(try #require(full["classifier.weight"]).scalars.contains { $0 != 2 })
  }

  @Test(arguments: experiments)
  func `masks leave the frozen network alone`(_ experiment: String) throws {
    let short = try files(experiment).files.weights
    let other = try files(
      experiment, [("mask.steps", "6"), ("mask.lr", "0.3"), ("task.classes", "[disc-horizontal]")]
    ).files.weights
    #expect(short.keys == other.keys)
    for (name, weight) in short {
      #expect(
        weight.scalars.map(\.bitPattern) == other[name]?.scalars.map(\.bitPattern), "\(name)")
    }
    #expect(short.keys.contains { $0.hasSuffix("running_var") } == (experiment == "cifar10-resnet"))
  }

  @Test(arguments: experiments)
  func `stages do not depend on each other`(_ experiment: String) throws {
    // Under the reference's clipping as well: every stage has accumulators of its own.
    let both = try files(experiment).files
    let turned = try files(experiment, [("task.classes", "[cross-plain, disc-vertical]")]).files
    #expect(both.logits("cross-plain") == turned.logits("cross-plain"))
    #expect(both.logits("full") == turned.logits("full"))
    #expect(turned.logits("ring-checks").isEmpty)
  }

  @Test(arguments: experiments)
  func `a class that is left out has a change, a drop and no shared batch`(
    _ experiment: String
  ) throws {
    let context = try files(experiment).context
    #expect(context.texts(.confusionDelta, 0) == ["ring-checks", "cross-plain"])
    #expect(context.texts(.classDrop, 0) == ["ring-checks", "cross-plain"])
    #expect(context.texts(.confusion, 1) == ["none", "mask"])
    #expect(context.texts(.confusion, 2).count == 10)
    // Every example is counted once.
    let counts = context.records(of: .confusion).filter {
      $0.keys[0] == "full" && $0.metric == "count"
    }
    let examples = try context.value(.accuracy, ["full", "mask", "iid"], "n_examples")
    #expect(counts.reduce(0) { $0 + $1.value } == examples)
    let right = counts.filter { $0.keys[2] == $0.keys[3] }.reduce(0) { $0 + $1.value }
    #expect(try context.value(.accuracy, ["full", "mask", "iid"], "accuracy") == right / examples)
  }

  @Test(arguments: experiments)
  func `a run that is stopped and resumed gives the same bits`(_ experiment: String) throws {
    try TinyRun.expectSameFilesWhenStopped(
      TinyRun.configuration(experiment, Self.short), stops: 4, steps: 4)
  }

  @Test(arguments: experiments)
  func `predictions take images and running statistics`(_ experiment: String) throws {
    let (experiment, configuration) = try TinyRun.configuration(experiment, Self.short)
    let files = try files(experiment.name).files
    let images: Tensor<Float> = RandomSource(seed: 3).stream("images").uniform([3, 32, 32, 3])
    func predict(_ weights: [String: Tensor<Float>], _ shape: Shape? = nil) throws -> Tensor<Float>
    {
      let inputs = shape.map { images.reshaped(to: $0) } ?? images
      return try experiment.prepare(json: configuration).predict(
        PredictionRequest(weights: weights, inputs: ["inputs": .float32(inputs)]))
    }
    let logits = try predict(files.weights)
    #expect(logits.shape == [3, 10] && logits.isFinite)
    #expect(throws: Failure.self) { try predict(files.weights, [3, 3072]) }
    guard let buffer = files.weights.keys.first(where: { $0.hasSuffix("running_mean") }) else {
      return
    }
    var changed = files.weights
    changed[buffer]?.scale(by: 2)
    #expect(try predict(changed) != logits)
    changed[buffer] = nil
    #expect(throws: Failure.self) { try predict(changed) }
  }

  @Test(arguments: experiments + ["cifar10-mask-stability", "cifar10-gradient-cosine"])
  func `a data set that is not there is named`(_ experiment: String) throws {
    let subject = try TinyRun.configuration(
      experiment,
      [("task.source", "official")]
        + (Self.experiments.contains(experiment) ? [("task.classes", "[cat]")] : []))
    let context = try RunContext(seed: 0, dataFolder: "/nowhere")
    let failure = try #require(throws: Failure.self) {
      try subject.experiment.prepare(json: subject.configuration).run(context)
    }
    #expect(failure.exitCode == .dataMissing)
  }
}
