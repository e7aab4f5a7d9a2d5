import Autograd
import Foundation
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Logits, loss and every gradient of feed-forward networks against PyTorch (N4), and the
/// single-precision path against the double-precision path of the same graph (N3).
enum FeedForwardParity: ParityArea {
  static let title = "Feed-forward network"

  static func measurements() throws -> [ParityMeasurement] {
    let golden = try Golden("feed_forward", in: .module)
    return try (0..<golden.caseCount).flatMap { number in
      let single = try Results<Float>(golden, number)
      let double = try Results<Double>(golden, number)
      return try single.compared(with: golden, number) + double.compared(with: golden, number)
        + single.compared(with: double)
    }
  }

  /// What one forward and backward pass gives.
  private struct Results<Scalar: TensorScalar> {
    let terms: Int
    let forward: [String: Tensor<Scalar>]
    let gradients: [String: Tensor<Scalar>]

    init(_ golden: Golden, _ number: Int) throws {
      let sizes = try golden.integers("\(number)/sizes")
      let network = SequentialNetwork<Scalar>(
        .feedForward(sizes: sizes), random: RandomSource(seed: 0))
      for parameter in network.parameters {
        parameter.value = try golden.tensor("\(number)/parameter/\(parameter.name)")
      }
      let graph = Graph<Scalar>()
      let source = TrainableParameters(network.parameters)
      let x = try graph.variable(golden.tensor("\(number)/x"))
      let logits = network.forward(x, in: ForwardPass(graph: graph, source: source))
      let classes = try golden.integers("\(number)/classes")
      let loss = graph.crossEntropy(logits: logits, classes: classes)
      graph.backward(from: loss)

      terms = max(sizes.max() ?? 1, x.shape[0])
      forward = ["logits": logits.tensor, "loss": loss.tensor]
      var gradients = ["x": try #require(graph.gradient(of: x))]
      for parameter in network.parameters {
        gradients[parameter.name] = try #require(source.gradient(of: parameter)?.tensor)
      }
      self.gradients = gradients
    }

    func compared(with golden: Golden, _ number: Int) throws -> [ParityMeasurement] {
      let tolerance = ParityTolerance.layer(Scalar.self, terms: terms)
      let names = golden.names(under: "\(number)/gradient")
      try #require(Set(names) == Set(gradients.keys))
      return try ["logits", "loss"].map { key in
        ParityMeasurement(key, forward[key], try golden.tensor("\(number)/\(key)"), tolerance)
      }
        + names.map { name in
          ParityMeasurement(
            "gradients", gradients[name], try golden.tensor("\(number)/gradient/\(name)"), tolerance
          )
        }
    }

    func compared(with double: Results<Double>) -> [ParityMeasurement] {
      double.forward.sorted { $0.key < $1.key }.map { key, expected in
        ParityMeasurement(
          "\(key) against Double", forward[key], expected, .precision(1e-5, of: expected))
      }
        + double.gradients.sorted { $0.key < $1.key }.map { name, expected in
          ParityMeasurement(
            "gradients against Double", gradients[name], expected, .precision(1e-4, of: expected))
        }
    }
  }
}

@Suite struct FeedForwardParityTests {
  @Test func agreesWithPyTorchAndWithTheDoublePath() throws {
    let measurements = try FeedForwardParity.measurements()
    // Three networks of 2, 2 and 4 layers: logits, loss, the gradient of x and two per layer,
    // compared three times.
    #expect(measurements.count == 3 * (3 * 3 + 2 * (2 + 2 + 4)))
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }
}
