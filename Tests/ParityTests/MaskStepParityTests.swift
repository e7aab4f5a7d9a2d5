import Autograd
import Foundation
import Masks
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Five consecutive steps of mask training, noise included, against PyTorch written the way the
/// reference implementation works: both scopes of clipping, more than four samples, and two calls
/// of the network per step.
enum MaskStepParity: ParityArea {
  static let title = "Mask training"
  static let cases = [
    "mask_step_reference", "mask_step_trainable", "mask_step_trainable_tight",
    "mask_step_eight_samples", "mask_step_two_calls",
  ]

  static func measurements() throws -> [ParityMeasurement] {
    try cases.flatMap { name in
      let golden = try Golden(name, in: .module)
      return try measurements(golden, Float.self) + measurements(golden, Double.self)
    }
  }

  private static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let network = try SequentialNetwork<Scalar>(
      .feedForward(sizes: golden.integers("sizes")), random: RandomSource(seed: 0))
    var gradients: [String: Tensor<Scalar>] = [:]
    for parameter in network.parameters {
      parameter.value = try golden.tensor("weight/\(parameter.name)")
      gradients[parameter.name] = try golden.tensor("accumulator/start/\(parameter.name)")
    }
    let frozen = FrozenGradients(network.parameters, startingFrom: gradients)
    let trainer = try makeTrainer(golden, network, frozen)

    let inputs = try golden.tensor("inputs", as: type)
    let digits = try golden.integers("digits")
    let (steps, calls, batch) = (inputs.shape[0], inputs.shape[1], inputs.shape[2])
    let expectedLogits = try golden.tensor("logits", as: Double.self)
    var losses: [Scalar] = []
    var norms: [Scalar] = []
    var coefficients: [Scalar] = []
    var result: [ParityMeasurement] = []
    for step in 0..<steps {
      let report = trainer.step(step) { masked in
        let graph = masked.graph
        let parts = (0..<calls).map { call in
          let logits = network.forward(
            graph.constant(inputs.slice(step).slice(call)), in: masked.pass(call))
          result.append(
            ParityMeasurement(
              "masked outputs", logits.tensor, expectedLogits.slice(step).slice(call),
              .absolute(2e-5)))
          let first = (step * calls + call) * batch * 2
          return graph.crossEntropy(
            logits: graph.reshape(logits, to: [batch * 2, 10]),
            classes: Array(digits[first..<first + batch * 2]))
        }
        return graph.scale(parts.dropFirst().reduce(parts[0], graph.add), by: 1 / Scalar(calls))
      }
      losses.append(Scalar(report.loss))
      norms.append(Scalar(report.gradientNorm))
      coefficients.append(Scalar(report.clippingCoefficient))
      for (name, logits) in trainer.logitTensors.sorted(by: { $0.key < $1.key }) {
        result.append(
          ParityMeasurement(
            "mask logits", logits,
            try golden.tensor("mask_logits/\(name)", as: Double.self).slice(step), .absolute(1e-5)))
      }
    }
    for (key, quantity, found) in [
      ("loss", "losses", losses), ("norm", "gradient norms", norms),
      ("coefficient", "clipping coefficients", coefficients),
    ] {
      result.append(
        ParityMeasurement(
          quantity, Tensor(found, shape: [steps]), try golden.tensor(key), .training(type)))
    }
    if try golden.fact("scope") == "reference" {
      for (name, accumulator) in frozen.tensors.sorted(by: { $0.key < $1.key }) {
        result.append(
          ParityMeasurement(
            "accumulated gradients", accumulator, try golden.tensor("accumulator/final/\(name)"),
            .layer(Float.self, terms: steps * calls * batch)))
      }
    }
    return result
  }

  private static func makeTrainer<Scalar: TensorScalar>(
    _ golden: Golden, _ network: SequentialNetwork<Scalar>, _ frozen: FrozenGradients<Scalar>
  ) throws -> MaskTrainer<Scalar> {
    let settings = try MaskTrainer<Scalar>.Settings(
      learningRate: golden.number("settings/learning_rate"),
      beta: golden.number("settings/beta"), batch: golden.tensor("inputs", as: Float.self).shape[2],
      samples: Int(golden.number("settings/samples")),
      startLogit: golden.number("settings/initial_logit"),
      clip: golden.number("settings/maximum_norm"),
      clipScope: #require(ClipScope(rawValue: golden.fact("scope"))))
    return try MaskTrainer(
      masking: network.parameters.filter { $0.role == .weight }, stage: golden.fact("stage"),
      settings: settings, frozenGradients: frozen,
      random: RandomSource(seed: UInt64(golden.number("settings/seed"))))
  }
}

@Suite struct MaskStepParityTests {
  @Test func agreesWithPyTorch() throws {
    let measurements = try MaskStepParity.measurements()
    // Per case and precision: outputs of 5 steps (10 with two calls), logits of 5 steps, three
    // traces, and with the reference scope the accumulators.
    let counts = [5 + 15 + 3 + 6, 5 + 15 + 3, 5 + 10 + 3, 5 + 10 + 3 + 4, 10 + 10 + 3 + 4]
    #expect(measurements.count == 2 * counts.reduce(0, +))
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  /// The cases would be no test of clipping if it never acted.
  @Test func clippingActs() throws {
    for name in MaskStepParity.cases where name != "mask_step_trainable" {
      let coefficients = try Golden(name, in: .module).tensor("coefficient", as: Double.self)
      #expect(coefficients.scalars.contains { $0 < 0.9 }, "clipping hardly acts in \(name)")
    }
  }
}
