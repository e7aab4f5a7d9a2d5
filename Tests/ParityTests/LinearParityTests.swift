import Autograd
import Foundation
import Tensors
import TestSupport
import Testing

/// Dense layers, plain and with one weight sample per slice of the batch, against PyTorch (N4).
enum LinearParity: ParityArea {
  static let title = "Linear"

  static func measurements() throws -> [ParityMeasurement] {
    let plain = try Golden("linear", in: .module)
    let grouped = try Golden("grouped_linear", in: .module)
    return try measurements(plain, Float.self) + measurements(plain, Double.self)
      + measurements(grouped, Float.self) + measurements(grouped, Double.self)
  }

  private static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    var result: [ParityMeasurement] = []
    for number in 0..<golden.caseCount {
      let graph = Graph<Scalar>()
      let x = try graph.variable(golden.tensor("\(number)/x"))
      let w = try graph.variable(golden.tensor("\(number)/w"))
      let b = try graph.variable(golden.tensor("\(number)/b"))
      let y = graph.linear(x, weight: w, bias: b)
      graph.backward(from: y, seed: try golden.tensor("\(number)/dy"))

      let outputs = w.shape[w.shape.rank - 2]
      let inputs = w.shape[w.shape.rank - 1]
      let compared: [(String, Tensor<Scalar>?, Int)] = [
        ("y", y.tensor, inputs), ("dx", graph.gradient(of: x), outputs),
        ("dw", graph.gradient(of: w), x.shape[0]), ("db", graph.gradient(of: b), x.shape[0]),
      ]
      for (key, found, terms) in compared {
        result.append(
          ParityMeasurement(
            "\(golden.name) \(key)", found, try golden.tensor("\(number)/\(key)"),
            .layer(type, terms: terms)))
      }
    }
    return result
  }
}

@Suite struct LinearParityTests {
  @Test func agreesWithPyTorch() throws {
    let measurements = try LinearParity.measurements()
    #expect(measurements.count == 2 * 4 * (4 + 4))
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }
}
