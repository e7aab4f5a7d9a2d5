import Masks
import NeuralNetworks
import Tensors

/// Weights and masks trained together, in plain loops over examples, units and weights.
struct NaiveJointTraining {
  private(set) var weights: [String: [Double]] = [:]
  private(set) var logits: [String: [Double]] = [:]
  private let network: NaiveNetwork
  private let used: MaskSet
  private let estimator: any MaskEstimator
  private let beta: Double
  private let clip: Double
  private var adam = NaiveAdam()

  private static let samples = 8

  init(
    _ network: SequentialNetwork<Double>, used: MaskSet, start: [String: Tensor<Double>],
    _ estimator: any MaskEstimator, beta: Double, clip: Double
  ) {
    self.network = NaiveNetwork(network)
    self.used = used
    self.estimator = estimator
    self.beta = beta
    self.clip = clip
    for parameter in network.parameters {
      weights[parameter.name] = parameter.value.scalars
      logits[parameter.name] = start[parameter.name]?.scalars
    }
  }

  mutating func step(
    _ step: Int, inputs: Tensor<Float>, classes: [Int], random: RandomSource, stage: String
  ) -> (loss: Double, norm: Double) {
    let batch = classes.count
    var dWeights = weights.mapValues { $0.map { _ in 0.0 } }
    let estimator = estimator.at(step: step)
    var dLogits = logits.mapValues {
      $0.map { beta / Double(batch) * estimator.penaltyGradient(logit: $0) }
    }
    var loss = 0.0
    for example in 0..<batch {
      let sample = example / (batch / Self.samples)
      func draw(_ name: String, _ index: Int) -> GateSample {
        let noise = random.stream("mask-noise/\(stage)/\(name)").at(step: step)
        return estimator.sample(
          logit: logits[name, default: []][index],
          word: noise.word(index: UInt64(index), sample: sample))
      }
      loss += network.differentiate(
        (0..<inputs.shape[1]).map { Double(inputs[example, $0]) }, class: classes[example],
        batch: batch
      ) { name, index in
        draw(name, index).value * weights[name, default: []][index]
      } add: { name, index, gradient in
        let mask = draw(name, index)
        dWeights[name, default: []][index] += gradient * mask.value
        dLogits[name, default: []][index] +=
          gradient * weights[name, default: []][index] * mask.slope
      }
    }
    for name in network.names {
      for (index, bit) in (used[name]?.bits ?? []).enumerated() where bit == 1 {
        dWeights[name, default: []][index] = 0
      }
    }
    let squares = (Array(dWeights.values) + Array(dLogits.values)).joined().reduce(0) {
      $0 + $1 * $1
    }
    let norm = squares.squareRoot()
    let factor = min(1, clip / (norm + 1e-6))
    for name in network.names {
      for index in weights[name, default: []].indices {
        weights[name, default: []][index] -= adam.move(
          "w/\(name)", index, factor * dWeights[name, default: []][index], step)
        logits[name, default: []][index] -= adam.move(
          "l/\(name)", index, factor * dLogits[name, default: []][index], step)
      }
    }
    return (loss, norm)
  }
}
