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
    try TinyRun.prepared(experiment) { row in
      RandomSource(seed: 9).stream(row.layer).uniform(Shape(row.shape), in: -0.5...0.5)
    }
  }

  /// A lesion is the network whose weights and biases into the units are 0.
  @Test(arguments: [("addmul-fnn", "layers.1"), ("cifar10-cnn", "convolutions.1")])
  func lesionsRemoveUnits(_ experiment: String, layer: String) throws {
    let (prepared, weights) = try subject(experiment)
    let inputs: Tensor<Float> = RandomSource(seed: 9).stream("inputs").uniform(
      Shape([3] + (try prepared.describe().inputShape)))
    var request = PredictionRequest(weights: weights, inputs: ["inputs": .float32(inputs)])
    let intact = try prepared.predict(request)
    request.lesions = [layer: [3, 0]]
    let found = try prepared.predict(request)
    for name in ["\(layer).weight", "\(layer).bias"] {
      var tensor = try #require(weights[name])
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
