import Autograd
import Datasets
import Masks
import NeuralNetworks
import Tensors

/// The gradient of a masked network's loss with respect to its masked weights, summed over batches.
final class GradientSum: ParameterSource {
  private let network: SequentialNetwork<Float>
  private let masked: [String: Tensor<Float>]
  private let gradients: [String: GradientBuffer<Float>]

  init(_ network: SequentialNetwork<Float>, masks: MaskSet) {
    self.network = network
    masked = network.parameters.reduce(into: [:]) { result, parameter in
      result[parameter.name] =
        masks[parameter.name]?.applied(to: parameter.value) ?? parameter.value
    }
    gradients = masked.mapValues { GradientBuffer(shape: $0.shape) }
  }

  func value(of parameter: Parameter<Float>, on graph: Graph<Float>) -> Value<Float> {
    guard let weight = masked[parameter.name], let gradient = gradients[parameter.name] else {
      preconditionFailure("\(parameter.name) belongs to another network")
    }
    return graph.variable(weight, accumulatingInto: gradient)
  }

  /// The sum over batches of the gradients of their mean losses, without dropout.
  ///
  /// - Parameter willContinue: asked before every batch.
  func over(
    _ images: ImageSet, batch: Int, willContinue: () throws -> Void
  ) rethrows -> [String: Tensor<Float>] {
    let graph = Graph<Float>()
    for start in stride(from: 0, to: images.count, by: batch) {
      try willContinue()
      graph.reset()
      let pass = ForwardPass(graph: graph, source: self)
      let indices = start..<min(start + batch, images.count)
      let logits = network.forward(graph.constant(images.inputs(indices)), in: pass)
      graph.backward(
        from: graph.crossEntropy(logits: logits, classes: images.targets(indices)))
    }
    return gradients.mapValues(\.tensor)
  }
}

/// The angle between two gradients; those of several tensors add up.
struct GradientAngle {
  private var product = 0.0
  private var squares = (0.0, 0.0)

  /// That of nothing.
  init() {}

  /// The angle over the elements that a mask keeps; over all elements without a mask.
  init(_ a: Tensor<Float>, _ b: Tensor<Float>, where mask: BinaryMask?) {
    for index in 0..<a.count where mask.map({ $0.bits[index] != 0 }) ?? true {
      let (x, y) = (Double(a[flat: index]), Double(b[flat: index]))
      product += x * y
      squares.0 += x * x
      squares.1 += y * y
    }
  }

  /// Its cosine, -1…1; `NaN` where a gradient vanishes.
  var cosine: Double {
    let norms = squares.0.squareRoot() * squares.1.squareRoot()
    return norms > 0 ? max(-1, min(1, product / norms)) : .nan
  }

  static func + (x: GradientAngle, y: GradientAngle) -> GradientAngle {
    var sum = x
    sum.product += y.product
    sum.squares.0 += y.squares.0
    sum.squares.1 += y.squares.1
    return sum
  }
}
