import Autograd
import Masks
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Five steps that train weights and masks together, some of the weights being kept, against one Adam
/// of PyTorch over both.
enum JointStepParity: ParityArea {
  static let title = "Weights and masks together"

  static func measurements() throws -> [ParityMeasurement] {
    let golden = try Golden("joint_step", in: .module)
    return try measurements(golden, Float.self) + measurements(golden, Double.self)
  }

  private static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let network = try SequentialNetwork<Scalar>(
      .feedForward(sizes: golden.integers("sizes")), random: RandomSource(seed: 0))
    let trainer = try makeTrainer(golden, network)
    let inputs = try golden.tensor("inputs", as: type)
    let digits = try golden.integers("digits")
    let (steps, batch) = (inputs.shape[0], inputs.shape[1])
    var losses: [Scalar] = []
    var norms: [Scalar] = []
    var result: [ParityMeasurement] = []
    for step in 0..<steps {
      let report = trainer.step(step) { masked in
        let logits = network.forward(
          masked.graph.constant(inputs.slice(step)), in: masked.pass())
        return masked.graph.crossEntropy(
          logits: masked.graph.reshape(logits, to: [batch * 2, 10]),
          classes: Array(digits[step * batch * 2..<(step + 1) * batch * 2]))
      }
      losses.append(Scalar(report.loss))
      norms.append(Scalar(report.gradientNorm))
      for parameter in network.parameters {
        for (quantity, key, tensor) in [
          ("weights", "weights", parameter.value),
          ("mask logits", "mask_logits", try #require(trainer.logitTensors[parameter.name])),
        ] {
          let expected = try golden.tensor("\(key)/\(parameter.name)", as: Double.self)
          result.append(
            ParityMeasurement(quantity, tensor, expected.slice(step), .absolute(1e-5)))
        }
      }
    }
    for (key, quantity, found) in [
      ("loss", "losses", losses), ("norm", "gradient norms", norms),
    ] {
      result.append(
        ParityMeasurement(
          quantity, Tensor(found, shape: [steps]), try golden.tensor(key), .training(type)))
    }
    return result
  }

  private static func makeTrainer<Scalar: TensorScalar>(
    _ golden: Golden, _ network: SequentialNetwork<Scalar>
  ) throws -> JointTrainer<Scalar> {
    var used: [String: BinaryMask] = [:]
    var start: [String: Tensor<Scalar>] = [:]
    for parameter in network.parameters {
      parameter.value = try golden.tensor("start/\(parameter.name)")
      let bits = try golden.integers("used/\(parameter.name)").map(UInt8.init)
      let mask = BinaryMask(bits: bits, shape: parameter.shape)
      used[parameter.name] = mask
      start[parameter.name] = try mask.values(
        kept: Scalar(golden.number("settings/old_logit")),
        removed: Scalar(golden.number("settings/new_logit")))
    }
    let settings = try JointTrainer<Scalar>.Settings(
      learningRate: golden.number("settings/learning_rate"),
      beta: golden.number("settings/beta"), batch: golden.tensor("inputs", as: Float.self).shape[1],
      samples: Int(golden.number("settings/samples")),
      clip: golden.number("settings/maximum_norm"))
    return try JointTrainer(
      network.parameters, startingFrom: start, keeping: MaskSet(used), stage: golden.fact("stage"),
      settings: settings, random: RandomSource(seed: UInt64(golden.number("settings/seed"))))
  }
}

@Suite struct JointStepParityTests {
  @Test func agreesWithPyTorch() throws {
    let measurements = try JointStepParity.measurements()
    // Per precision: weights and logits of four tensors after each of 5 steps, and two traces.
    #expect(measurements.count == 2 * (5 * 4 * 2 + 2))
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  /// The case would be no test of clipping, or of what is kept, if nothing were.
  @Test func theCaseIsOne() throws {
    let golden = try Golden("joint_step", in: .module)
    #expect(try golden.number("settings/maximum_norm") == 0.05)
    #expect(try golden.tensor("norm", as: Double.self).scalars.contains { $0 > 0.06 })
    #expect(try golden.integers("used/layers.1.weight").contains(1))
  }
}
