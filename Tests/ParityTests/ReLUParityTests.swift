import Autograd
import Foundation
import Tensors
import TestSupport
import Testing

/// The rectifier against PyTorch, zeros of both signs included (N4).
enum ReLUParity: ParityArea {
  static let title = "ReLU"

  static func measurements() throws -> [ParityMeasurement] {
    let golden = try Golden("relu", in: .module)
    return try measurements(golden, Float.self) + measurements(golden, Double.self)
  }

  private static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    var result: [ParityMeasurement] = []
    for number in 0..<golden.caseCount {
      let graph = Graph<Scalar>()
      let x = try graph.variable(golden.tensor("\(number)/x"))
      let y = graph.relu(x)
      graph.backward(from: y, seed: try golden.tensor("\(number)/dy"))
      for (key, found) in [("y", y.tensor), ("dx", graph.gradient(of: x))] {
        result.append(
          ParityMeasurement(
            key, found, try golden.tensor("\(number)/\(key)"), .layer(type, terms: 1)))
      }
    }
    return result
  }
}

@Suite struct ReLUParityTests {
  @Test func agreesWithPyTorch() throws {
    let measurements = try ReLUParity.measurements()
    #expect(measurements.count == 2 * 3 * 2)
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }
}
