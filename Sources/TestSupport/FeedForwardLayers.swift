import NeuralNetworks
import Tensors

extension SequentialNetwork {
  /// The linear layers of a feed-forward network, first to last, as layers of their own over the
  /// same parameters.
  public var linearLayers: [Linear<Scalar>] {
    description.outline.weighted.map { layer in
      let own = parameters.filter { layer.parameterNames.contains($0.name) }
      return Linear(weight: own[0], bias: own.count > 1 ? own[1] : nil)
    }
  }
}
