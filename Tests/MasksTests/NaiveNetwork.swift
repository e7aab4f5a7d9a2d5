import Foundation
import NeuralNetworks

/// A feed-forward network of linear layers and ReLUs in plain loops over units and weights.
struct NaiveNetwork {
  /// The parameters, in the order of the network.
  let names: [String]
  private let layers: [(weight: String, bias: String, inputs: Int, outputs: Int)]

  init(_ network: SequentialNetwork<Double>) {
    names = network.parameters.map(\.name)
    layers = network.linearLayers.indices.map {
      let shape = network.linearLayers[$0].weight.shape
      return ("layers.\($0).weight", "layers.\($0).bias", shape[1], shape[0])
    }
  }

  /// The cross-entropy of one example, divided by the size of its batch, and its gradients.
  ///
  /// - Parameters:
  ///   - weight: the element of a parameter that the network computes with.
  ///   - add: takes the loss's derivative by that element.
  func differentiate(
    _ inputs: [Double], class target: Int, batch: Int, weight: (String, Int) -> Double,
    add: (String, Int, Double) -> Void
  ) -> Double {
    // Activations before and after each layer's ReLU.
    var activations = [inputs]
    for (number, layer) in layers.enumerated() {
      let x = activations[number]
      activations.append(
        (0..<layer.outputs).map { output in
          var y = weight(layer.bias, output)
          for input in 0..<layer.inputs {
            y += weight(layer.weight, output * layer.inputs + input) * x[input]
          }
          return number < layers.count - 1 ? max(y, 0) : y
        })
    }
    let outputs = activations[layers.count]
    let total = outputs.reduce(0) { $0 + exp($1) }
    var dY = outputs.enumerated().map { index, y in
      (exp(y) / total - (index == target ? 1 : 0)) / Double(batch)
    }
    for (number, layer) in layers.enumerated().reversed() {
      let x = activations[number]
      var dX = x.map { _ in 0.0 }
      for output in 0..<layer.outputs {
        add(layer.bias, output, dY[output])
        for input in 0..<layer.inputs {
          let index = output * layer.inputs + input
          add(layer.weight, index, dY[output] * x[input])
          dX[input] += dY[output] * weight(layer.weight, index)
        }
      }
      dY = zip(dX, x).map { $1 > 0 ? $0 : 0 }
    }
    return -(outputs[target] - log(total)) / Double(batch)
  }
}

/// Adam with the usual constants, number by number.
struct NaiveAdam {
  private var moments: [String: (Double, Double)] = [:]

  /// The move of one number along its gradient at a step, counted from 0.
  mutating func move(_ name: String, _ index: Int, _ g: Double, _ step: Int) -> Double {
    let (m, v) = moments["\(name)/\(index)"] ?? (0, 0)
    let first = 0.9 * m + 0.1 * g
    let second = 0.999 * v + 0.001 * g * g
    moments["\(name)/\(index)"] = (first, second)
    let t = Double(step + 1)
    return 0.01 * first / (1 - pow(0.9, t)) / ((second / (1 - pow(0.999, t))).squareRoot() + 1e-8)
  }
}
