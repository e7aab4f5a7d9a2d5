import Autograd
import Foundation
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Twenty consecutive losses of weight training against PyTorch (N6), and the weights at the end.
enum TrainingParity: ParityArea {
  static let title = "Training of a feed-forward network"

  static func measurements() throws -> [ParityMeasurement] {
    let golden = try Golden("training", in: .module)
    return try ["clip", "tight_clip"].flatMap { key in
      try measurements(golden, key, Float.self) + measurements(golden, key, Double.self)
    }
  }

  private static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ key: String, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let network = try SequentialNetwork<Scalar>(
      .feedForward(sizes: golden.integers("sizes")), random: RandomSource(seed: 0))
    for parameter in network.parameters {
      parameter.value = try golden.tensor("start/\(parameter.name)")
    }
    let inputs = try golden.tensor("inputs", as: type)
    let batch = inputs.shape[1]
    let digits = try golden.integers("digits")
    let clipping = try GlobalNormClipping(maximumNorm: golden.number("\(key)/maximum_norm"))
    let trained = TrainableParameters(network.parameters)
    let optimizer = Adam(network.parameters, learningRate: 1e-3)
    let graph = Graph<Scalar>()
    var losses: [Scalar] = []
    var norms: [Scalar] = []
    for step in 0..<inputs.shape[0] {
      graph.reset()
      trained.clearGradients()
      let pass = ForwardPass(graph: graph, phase: .training, source: trained, step: step)
      let logits = network.forward(graph.constant(inputs.slice(step)), in: pass)
      let loss = graph.crossEntropy(
        logits: graph.reshape(logits, to: [batch * 2, 10]),
        classes: Array(digits[step * batch * 2..<(step + 1) * batch * 2]))
      graph.backward(from: loss)
      losses.append(loss.tensor.item)
      norms.append(Scalar(clipping.apply(to: trained.gradients).norm))
      optimizer.step(trained)
    }

    let steps: Shape = [losses.count]
    // The losses of PyTorch in single precision are those of the promise; they are rounded as ours
    // are.
    let reference = Scalar.self == Float.self ? "\(key)/loss_single" : "\(key)/loss"
    return try [
      ParityMeasurement(
        "losses", Tensor(losses, shape: steps), try golden.tensor(reference), .training(type)),
      ParityMeasurement(
        "gradient norms", Tensor(norms, shape: steps), try golden.tensor("\(key)/norm"),
        .training(type)),
    ]
      + network.parameters.map { parameter in
        ParityMeasurement(
          "weights after 20 steps", parameter.value,
          try golden.tensor("\(key)/final/\(parameter.name)"), .absolute(2e-6))
      }
  }
}

@Suite struct TrainingParityTests {
  @Test func agreesWithPyTorch() throws {
    let measurements = try TrainingParity.measurements()
    #expect(measurements.count == 2 * 2 * (2 + 6))
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  @Test func comparesTwentyLosses() throws {
    let golden = try Golden("training", in: .module)
    #expect(try golden.tensor("clip/loss", as: Double.self).shape == [20])
    #expect(try golden.integers("sizes") == [42, 64, 64, 20])
  }
}
