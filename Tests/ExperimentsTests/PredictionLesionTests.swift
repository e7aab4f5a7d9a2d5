import ExperimentKit
import Experiments
import Store
import Tensors
import Testing

/// Predictions of networks with silenced units.
@Suite struct PredictionLesionTests {
  private func subject(
    _ experiment: String
  ) throws -> (prepared: any PreparedRun, weights: [String: Tensor<Float>]) {
    var (prepared, weights) = try TinyRun.prepared(experiment) { row in
      RandomSource(seed: 9).stream(row.layer).uniform(Shape(row.shape), in: -0.5...0.5)
    }
    for (name, scale) in weights where name.hasSuffix("norm.weight") {
      let norm = name.dropLast("weight".count)
      for (statistic, range) in [("mean", Float(-0.5)...0.5), ("var", 0.5...1.5)] {
        weights["\(norm)running_\(statistic)"] = RandomSource(seed: 9).stream("\(norm)\(statistic)")
          .uniform(scale.shape, in: range)
      }
    }
    return (prepared, weights)
  }

  /// A prediction of three random inputs, without lesions yet.
  private func randomRequest(
    _ experiment: String
  ) throws -> (prepared: any PreparedRun, request: PredictionRequest) {
    let (prepared, weights) = try subject(experiment)
    let inputs: Tensor<Float> = RandomSource(seed: 9).stream("inputs").uniform(
      Shape([3] + (try prepared.describe().inputShape)))
    return (prepared, PredictionRequest(weights: weights, inputs: ["inputs": .float32(inputs)]))
  }

  /// A lesion is the network whose weights and biases into the units are 0.
  @Test(arguments: [("addmul-fnn", "layers.1"), ("cifar10-cnn", "convolutions.1")])
  func lesionsRemoveUnits(_ experiment: String, layer: String) throws {
    let (prepared, plain) = try randomRequest(experiment)
    var request = plain
    let intact = try prepared.predict(request)
    request.lesions = [layer: [3, 0]]
    let found = try prepared.predict(request)
    for name in ["\(layer).weight", "\(layer).bias"] {
      var tensor = try #require(plain.weights[name])
      let size = tensor.count / tensor.shape[0]
      for unit in [0, 3] {
        for index in (unit * size)..<((unit + 1) * size) { tensor[flat: index] = 0 }
      }
      request.weights[name] = tensor
    }
    request.lesions = [:]
    let removed = try prepared.predict(request)
    #expect(found == removed && found != intact)
  }

  /// With shortcuts a lesion is the network of which one convolution, or the classifier, has slices of 0 in place of
  /// the inputs; other convolutions still get them.
  @Test(arguments: [
    "blocks.0.first.convolution", "blocks.1.first.convolution", "blocks.1.second.convolution",
    "blocks.1.shortcut.convolution", "blocks.2.first.convolution", "classifier",
  ])
  func lesionsBetweenShortcutsRemoveInputs(_ layer: String) throws {
    let (prepared, plain) = try randomRequest("cifar10-resnet")
    var request = plain
    let intact = try prepared.predict(request)
    request.lesions = [layer: [2, 0]]
    let found = try prepared.predict(request)

    var weight = try #require(plain.weights["\(layer).weight"])
    let units = weight.shape[1]
    let size = weight.shape.dropFirst().dropFirst().count
    for index in 0..<weight.count where [0, 2].contains(index / size % units) {
      weight[flat: index] = 0
    }
    request.lesions = [:]
    request.weights["\(layer).weight"] = weight
    let removed = try prepared.predict(request)
    #expect(found.shape == removed.shape && found != intact)
    let largest = removed.scalars.map(abs).max() ?? 0
    for (found, expected) in zip(found.scalars, removed.scalars) {
      #expect(abs(found - expected) <= 1e-6 * largest)
    }
  }

  @Test func withShortcutsLayersAreThoseThatTakeUnits() throws {
    let (prepared, weights) = try subject("cifar10-resnet")
    let failure = try #require(throws: Failure.self) {
      try prepared.predict(
        PredictionRequest(weights: weights, lesions: ["stem.convolution": [1]], inputs: [:]))
    }
    #expect(failure.exitCode == .usage)
    #expect(failure.what == "--lesion: there is no layer 'stem.convolution' with units")
    let reason = "with shortcuts units are what one convolution takes; the network has "
    #expect(failure.why?.hasPrefix(reason + "blocks.0.first.convolution, ") == true)
    #expect(failure.why?.hasSuffix(", classifier") == true)
  }

  @Test(arguments: [
    ("addmul-fnn", "layers.9", 1, "there is no layer 'layers.9' with units"),
    ("addmul-fnn", "layers.0", 99_999, "there is no unit 99999 in 'layers.0'"),
    ("addmul-lstm", "layers.0", 1, "the networks of this experiment have no units"),
  ])
  func otherUnitsAreRefused(
    _ experiment: String, layer: String, unit: Int, message: String
  ) throws {
    let (prepared, weights) = try subject(experiment)
    #expect {
      try prepared.predict(
        PredictionRequest(weights: weights, lesions: [layer: [unit]], inputs: [:]))
    } throws: { error in
      guard let failure = error as? Failure else { return false }
      return failure.exitCode == .usage && failure.what.contains(message)
    }
  }
}
