import Autograd
import Foundation
import Masks
import NeuralNetworks
import Tensors

/// Weights and masks trained together, in plain loops over examples, units and weights.
struct NaiveJointTraining {
  private(set) var weights: [String: [Double]] = [:]
  private(set) var logits: [String: [Double]] = [:]
  private let names: [String]
  private let layers: [(weight: String, bias: String, inputs: Int, outputs: Int)]
  private let used: MaskSet
  private let beta: Double
  private let clip: Double
  /// First and second moment of every number.
  private var moments: [String: [(Double, Double)]] = [:]

  private static let samples = 8

  init(
    _ network: SequentialNetwork<Double>, used: MaskSet, start: [String: Tensor<Double>],
    beta: Double, clip: Double
  ) {
    self.used = used
    self.beta = beta
    self.clip = clip
    names = network.parameters.map(\.name)
    layers = network.linearLayers.indices.map {
      let shape = network.linearLayers[$0].weight.shape
      return ("layers.\($0).weight", "layers.\($0).bias", shape[1], shape[0])
    }
    for parameter in network.parameters {
      weights[parameter.name] = parameter.value.scalars
      logits[parameter.name] = start[parameter.name]?.scalars
      for kind in ["w", "l"] {
        moments["\(kind)/\(parameter.name)"] = parameter.value.scalars.map { _ in (0, 0) }
      }
    }
  }

  mutating func step(
    _ step: Int, inputs: Tensor<Float>, classes: [Int], random: RandomSource, stage: String
  ) -> (loss: Double, norm: Double) {
    let batch = classes.count
    var dWeights = weights.mapValues { $0.map { _ in 0.0 } }
    var dLogits = weights.mapValues { $0.map { _ in beta / Double(batch) } }
    var loss = 0.0
    for example in 0..<batch {
      let sample = example / (batch / Self.samples)
      func draw(_ name: String, _ index: Int) -> MaskDraw {
        let noise = random.stream("mask-noise/\(stage)/\(name)").at(step: step)
        return MaskDraw(
          logit: logits[name, default: []][index],
          word: noise.word(index: UInt64(index), sample: sample))
      }
      func masked(_ name: String, _ index: Int) -> Double {
        draw(name, index).isKept ? weights[name, default: []][index] : 0
      }
      // Activations before and after each layer's ReLU.
      var activations = [(0..<inputs.shape[1]).map { Double(inputs[example, $0]) }]
      for (number, layer) in layers.enumerated() {
        let x = activations[number]
        activations.append(
          (0..<layer.outputs).map { output in
            var y = masked(layer.bias, output)
            for input in 0..<layer.inputs {
              y += masked(layer.weight, output * layer.inputs + input) * x[input]
            }
            return number < layers.count - 1 ? max(y, 0) : y
          })
      }
      let outputs = activations[layers.count]
      let total = outputs.reduce(0) { $0 + exp($1) }
      loss -= (outputs[classes[example]] - log(total)) / Double(batch)
      var dY = outputs.enumerated().map { index, y in
        (exp(y) / total - (index == classes[example] ? 1 : 0)) / Double(batch)
      }
      for (number, layer) in layers.enumerated().reversed() {
        let x = activations[number]
        func add(_ name: String, _ index: Int, _ gradient: Double) {
          let mask = draw(name, index)
          if mask.isKept { dWeights[name, default: []][index] += gradient }
          dLogits[name, default: []][index] +=
            gradient * weights[name, default: []][index] * mask.slope
        }
        var dX = x.map { _ in 0.0 }
        for output in 0..<layer.outputs {
          add(layer.bias, output, dY[output])
          for input in 0..<layer.inputs {
            let index = output * layer.inputs + input
            add(layer.weight, index, dY[output] * x[input])
            dX[input] += dY[output] * masked(layer.weight, index)
          }
        }
        dY = zip(dX, x).map { $1 > 0 ? $0 : 0 }
      }
    }
    for name in names {
      for (index, bit) in (used[name]?.bits ?? []).enumerated() where bit == 1 {
        dWeights[name, default: []][index] = 0
      }
    }
    let squares = (Array(dWeights.values) + Array(dLogits.values)).joined().reduce(0) {
      $0 + $1 * $1
    }
    let norm = squares.squareRoot()
    let factor = min(1, clip / (norm + 1e-6))
    for name in names {
      for index in weights[name, default: []].indices {
        weights[name, default: []][index] -= move(
          "w/\(name)", index, factor * dWeights[name, default: []][index], step)
        logits[name, default: []][index] -= move(
          "l/\(name)", index, factor * dLogits[name, default: []][index], step)
      }
    }
    return (loss, norm)
  }

  /// Adam's move of one number along its gradient.
  private mutating func move(_ key: String, _ index: Int, _ g: Double, _ step: Int) -> Double {
    let (m, v) = moments[key, default: []][index]
    let first = 0.9 * m + 0.1 * g
    let second = 0.999 * v + 0.001 * g * g
    moments[key, default: []][index] = (first, second)
    let t = Double(step + 1)
    return 0.01 * first / (1 - pow(0.9, t)) / ((second / (1 - pow(0.999, t))).squareRoot() + 1e-8)
  }
}
