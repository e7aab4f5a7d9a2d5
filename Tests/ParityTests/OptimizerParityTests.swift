import Autograd
import Foundation
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// 100 steps of each optimiser from equal state with given gradients against PyTorch (N5).
enum OptimizerParity: ParityArea {
  static let title = "Optimisers"

  static func measurements() throws -> [ParityMeasurement] {
    let golden = try Golden("optimizers", in: .module)
    return try measurements(golden, Float.self) + measurements(golden, Double.self)
  }

  private static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let names = golden.names(under: "start")
    func run(
      _ key: String, clipped: Bool, make: ([Parameter<Scalar>]) -> any Optimizer<Scalar>
    ) throws -> [ParityMeasurement] {
      let parameters = try names.map { name in
        Parameter<Scalar>(name: name, role: .weight, value: try golden.tensor("start/\(name)"))
      }
      let optimizer = make(parameters)
      let clipping = try GlobalNormClipping(maximumNorm: golden.number("clip/maximum_norm"))
      let expected = try names.map { try golden.tensor("\(key)/\($0)", as: Double.self) }
      let gradients = try names.map { try golden.tensor("gradient/\($0)", as: Scalar.self) }
      return try (0..<100).flatMap { step in
        let buffers = gradients.map { gradient in
          let buffer = GradientBuffer<Scalar>(shape: gradient.shape.dropFirst())
          buffer.add(gradient.slice(step))
          return buffer
        }
        var result: [ParityMeasurement] = []
        if clipped { result = try clip(buffers, clipping, step) }
        optimizer.step(gradients: buffers)
        for (position, parameter) in parameters.enumerated() {
          result.append(
            ParityMeasurement(
              key, parameter.value, expected[position].slice(step), .optimizer(type)))
        }
        return result
      }
    }
    func clip(
      _ buffers: [GradientBuffer<Scalar>], _ clipping: GlobalNormClipping, _ step: Int
    ) throws -> [ParityMeasurement] {
      let norm = clipping.apply(to: buffers).norm
      var result = [
        ParityMeasurement(
          "norm before clipping", Scalar(norm),
          try golden.tensor("clip/norm", as: Double.self)[flat: step], .optimizer(type))
      ]
      for (name, buffer) in zip(names, buffers)
      where golden.names(under: "clip/\(step)").contains(name) {
        result.append(
          ParityMeasurement(
            "clipped gradients", buffer.tensor, try golden.tensor("clip/\(step)/\(name)"),
            .optimizer(type)))
      }
      return result
    }

    return try run("adam", clipped: false) { Adam($0, learningRate: 1e-3) }
      + run("adam_math", clipped: false) {
        Adam($0, learningRate: 1e-4, configuration: .init(beta2: 0.995, epsilon: 1e-9))
      }
      + run("adam_clip", clipped: true) { Adam($0, learningRate: 1e-2) }
      + run("sgd", clipped: false) { GradientDescent($0, learningRate: 1e-3) }
      + run("sgd_momentum", clipped: false) {
        GradientDescent($0, learningRate: 1e-3, momentum: 0.9, weightDecay: 1e-2)
      }
      + run("sgd_clip", clipped: true) { GradientDescent($0, learningRate: 1e-3) }
  }
}

@Suite struct OptimizerParityTests {
  @Test func agreesWithPyTorch() throws {
    let measurements = try OptimizerParity.measurements()
    // Six optimisers with two parameters; two of them with a norm per step and clipped gradients at
    // two steps.
    #expect(measurements.count == 2 * (6 * 2 * 100 + 2 * (100 + 2 * 2)))
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  /// The factor that optimisers take instead of scaled gradients does the same.
  @Test func gradientScaleEqualsScaledGradients() throws {
    let golden = try Golden("optimizers", in: .module)
    let gradient = try golden.tensor("gradient/weight", as: Float.self)
    let makers: [([Parameter<Float>]) -> any Optimizer<Float>] = [
      { Adam($0, learningRate: 1e-2) },
      { GradientDescent($0, learningRate: 1e-2, momentum: 0.9, weightDecay: 0.1) },
    ]
    for make in makers {
      let start = try golden.tensor("start/weight", as: Float.self)
      let parameters = (0..<2).map { _ in
        Parameter(name: "weight", role: .weight, value: start)
      }
      let optimizers = parameters.map { make([$0]) }
      for step in 0..<10 {
        let buffers = (0..<2).map { _ in GradientBuffer<Float>(shape: start.shape) }
        for buffer in buffers { buffer.add(gradient.slice(step)) }
        buffers[0].scale(by: 0.25)
        optimizers[0].step(gradients: [buffers[0]], gradientScale: 1)
        optimizers[1].step(gradients: [buffers[1]], gradientScale: 0.25)
      }
      #expect(parameters[0].value == parameters[1].value)
    }
  }
}
