import Foundation
import Masks
import Tensors
import TestSupport
import Testing

/// The mask sampler against numpy: samples must be equal, derivatives agree (N4).
enum SamplerParity: ParityArea {
  static let title = "Mask sampler"

  static func measurements() throws -> [ParityMeasurement] {
    let golden = try Golden("sampler", in: .module)
    return try [single(golden)] + stream(golden, Float.self) + stream(golden, Double.self)
  }

  /// Draws of single elements with given noise.
  private static func single(_ golden: Golden) throws -> ParityMeasurement {
    let expected = try golden.tensor("derivative", as: Double.self)
    let slopes = try draws(golden).map(\.slope)
    return ParityMeasurement(
      "derivative of one draw", Tensor(slopes, shape: expected.shape), expected,
      .absolute(1e-9))
  }

  /// The draws of the golden's logits and noise, row by row.
  static func draws(_ golden: Golden) throws -> [MaskDraw] {
    let logits = try golden.tensor("logits", as: Double.self).scalars
    let noise = try golden.integers("noise")
    let perLogit = noise.count / logits.count
    return noise.enumerated().map { index, value in
      MaskDraw(logit: logits[index / perLogit], word: UInt32(value) << 8)
    }
  }

  /// A whole tensor with the noise of a stream.
  private static func stream<Scalar: TensorScalar>(
    _ golden: Golden, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let weights = try golden.tensor("stream/weights", as: type)
    let logits = try golden.tensor("stream/logits", as: type)
    let gradients = try golden.tensor("stream/gradients", as: type)
    let noise = try RandomSource(seed: UInt64(golden.number("stream/seed")))
      .stream(golden.fact("stream")).at(step: Int(golden.number("stream/draw")))
    let samples = gradients.shape[0]

    let masked = weights.sampledMasks(logits: logits, samples: samples, noise: noise)
    var logitGradient = Tensor<Scalar>(zeros: weights.shape)
    var weightGradient = Tensor<Scalar>(zeros: weights.shape)
    weights.sampledMasksGradient(
      logits: logits, dMasked: gradients, noise: noise, dLogits: &logitGradient, adds: false,
      dWeights: &weightGradient, addsToWeights: true)
    let tolerance = ParityTolerance.layer(type, terms: samples)
    return [
      ParityMeasurement("masked weights", masked, try golden.tensor("stream/masked"), .exact),
      ParityMeasurement(
        "gradient of the logits", logitGradient, try golden.tensor("stream/logit_gradient"),
        tolerance),
      ParityMeasurement(
        "gradient of the weights", weightGradient, try golden.tensor("stream/weight_gradient"),
        tolerance),
    ]
  }
}

@Suite struct SamplerParityTests {
  @Test func agreesWithNumPy() throws {
    let measurements = try SamplerParity.measurements()
    #expect(measurements.count == 7)
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  /// Eq. 1 to 3 at other temperatures than 1: the soft samples and their derivatives by autograd; the
  /// hard ones stay.
  @Test func temperaturesAgreeWithPyTorch() throws {
    let golden = try Golden("sampler", in: .module)
    let logits = try golden.tensor("logits", as: Double.self).scalars
    let noise = try golden.integers("noise")
    let hard = try golden.integers("hard")
    let temperatures = try golden.tensor("temperatures", as: Double.self).scalars
    #expect(temperatures.count == 3)
    for (number, temperature) in temperatures.enumerated() {
      let estimator = GumbelSigmoid(temperature: temperature)
      let soft = try golden.tensor("temperature/\(number)/soft", as: Double.self)
      let slopes = try golden.tensor("temperature/\(number)/derivative", as: Double.self)
      for (index, value) in noise.enumerated() {
        let draw = estimator.sample(
          logit: logits[index / (noise.count / logits.count)], word: UInt32(value) << 8)
        #expect(draw.value == Double(hard[index]))
        #expect(abs(draw.relaxed - soft[flat: index]) < 1e-9)
        #expect(abs(draw.slope - slopes[flat: index]) < 1e-9)
      }
    }
  }

  @Test func samplesAreEqual() throws {
    let golden = try Golden("sampler", in: .module)
    let expected = try golden.integers("hard")
    let found = try SamplerParity.draws(golden).map { $0.isKept ? 1 : 0 }
    #expect(found == expected)
    #expect(Set(expected) == [0, 1])
  }
}
