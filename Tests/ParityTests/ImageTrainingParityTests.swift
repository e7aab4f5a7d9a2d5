import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Twenty consecutive losses of a convolutional network against PyTorch (N6), and the weights at
/// the end.
enum ImageTrainingParity: ParityArea {
  static let title = "Training of a convolutional network"

  static func measurements() throws -> [ParityMeasurement] {
    let golden = try Golden("training_cnn", in: .module)
    return try measurements(golden, Float.self) + measurements(golden, Double.self)
  }

  private static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let network = try SequentialNetwork<Scalar>(
      .convolutional(
        side: golden.tensor("images", as: type).shape[2], channels: golden.integers("channels"),
        innerDropout: 0, outerDropout: 0),
      random: RandomSource(seed: 0))
    try #require(Set(network.parameters.map(\.name)) == Set(golden.names(under: "start")))
    for parameter in network.parameters {
      parameter.value = try golden.tensor("start/\(parameter.name)")
    }
    let images = try golden.tensor("images", as: type)
    let classes = try golden.integers("classes")
    let (batches, batch) = (images.shape[0], images.shape[1])
    let clipping = try GlobalNormClipping(maximumNorm: golden.number("maximum_norm"))
    let trained = TrainableParameters(network.parameters)
    let optimizer = Adam(network.parameters, learningRate: 3e-3)
    let graph = Graph<Scalar>()
    var losses: [Scalar] = []
    var norms: [Scalar] = []
    for step in 0..<20 {
      graph.reset()
      trained.clearGradients()
      let part = step % batches
      let pass = ForwardPass(graph: graph, phase: .training, source: trained, step: step)
      let loss = graph.crossEntropy(
        logits: network.forward(graph.constant(images.slice(part)), in: pass),
        classes: Array(classes[part * batch..<(part + 1) * batch]))
      graph.backward(from: loss)
      losses.append(loss.tensor.item)
      norms.append(Scalar(clipping.apply(to: trained.gradients).norm))
      optimizer.step(trained)
    }

    let reference = Scalar.self == Float.self ? "loss_single" : "loss"
    return try [
      ParityMeasurement(
        "losses", Tensor(losses, shape: [20]), try golden.tensor(reference), .training(type)),
      ParityMeasurement(
        "gradient norms", Tensor(norms, shape: [20]), try golden.tensor("norm"), .training(type)),
    ]
      + network.parameters.map { parameter in
        ParityMeasurement(
          "weights after 20 steps", parameter.value,
          try golden.tensor("final/\(parameter.name)"), .absolute(2e-5))
      }
  }
}

@Suite struct ImageTrainingParityTests {
  @Test func agreesWithPyTorch() throws {
    let measurements = try ImageTrainingParity.measurements()
    #expect(measurements.count == 2 * (2 + 10))
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  @Test func comparesTwentyLosses() throws {
    let golden = try Golden("training_cnn", in: .module)
    #expect(try golden.tensor("loss", as: Double.self).shape == [20])
  }
}
