import Autograd
import Foundation
import Tensors
import TestSupport
import Testing

/// Mean softmax cross-entropy against PyTorch, large logits included (N4).
enum CrossEntropyParity: ParityArea {
  static let title = "Softmax cross-entropy"

  static func measurements() throws -> [ParityMeasurement] {
    let golden = try Golden("cross_entropy", in: .module)
    return try measurements(golden, Float.self) + measurements(golden, Double.self)
  }

  private static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    var result: [ParityMeasurement] = []
    for number in 0..<golden.caseCount {
      let graph = Graph<Scalar>()
      let logits = try graph.variable(golden.tensor("\(number)/logits"))
      let classes = try golden.integers("\(number)/classes")
      let loss = graph.crossEntropy(logits: logits, classes: classes)
      graph.backward(from: loss)
      let compared: [(String, Tensor<Scalar>?, Int)] = [
        ("loss", loss.tensor, logits.shape.count),
        ("dlogits", graph.gradient(of: logits), logits.shape[1]),
      ]
      for (key, found, terms) in compared {
        result.append(
          ParityMeasurement(
            key, found, try golden.tensor("\(number)/\(key)"), .layer(type, terms: terms)))
      }
    }
    return result
  }
}

@Suite struct CrossEntropyParityTests {
  @Test func agreesWithPyTorch() throws {
    let measurements = try CrossEntropyParity.measurements()
    #expect(measurements.count == 2 * 4 * 2)
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }
}
