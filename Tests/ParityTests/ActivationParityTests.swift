import Autograd
import Foundation
import Tensors
import TestSupport
import Testing

/// The activations against PyTorch, zeros of both signs included (N4).
enum ActivationParity: ParityArea {
  static let title = "Activations"

  static func measurements() throws -> [ParityMeasurement] {
    try Activation.all.flatMap { activation in
      let golden = try Golden(activation.name.lowercased(), in: .module)
      return try measurements(activation, golden, Float.self)
        + measurements(activation, golden, Double.self)
    }
  }

  private static func measurements<Scalar: TensorScalar>(
    _ activation: Activation, _ golden: Golden, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    var result: [ParityMeasurement] = []
    for number in 0..<golden.caseCount {
      let graph = Graph<Scalar>()
      let x = try graph.variable(golden.tensor("\(number)/x"))
      let y = graph.apply(activation, to: x)
      graph.backward(from: y, seed: try golden.tensor("\(number)/dy"))
      for (key, found) in [("y", y.tensor), ("dx", graph.gradient(of: x))] {
        result.append(
          ParityMeasurement(
            "\(activation.name) \(key)", found, try golden.tensor("\(number)/\(key)"),
            .layer(type, terms: 1)))
      }
    }
    return result
  }
}

@Suite struct ActivationParityTests {
  @Test func agreesWithPyTorch() throws {
    let measurements = try ActivationParity.measurements()
    #expect(measurements.count == Activation.all.count * 2 * 3 * 2)
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }
}
