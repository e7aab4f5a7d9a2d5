import Autograd
import Tensors

/// Layers one after the other, built from a description.
///
/// Shapes: B×… as described → B×….
/// Parameters: those of the layers, first to last.
public struct SequentialNetwork<Scalar: TensorScalar>: Module, StatefulModule {
  /// What it was built from.
  public let description: NetworkDescription
  private let layers: LayerSequence<Scalar>

  /// A new network.
  ///
  /// - Parameters:
  ///   - description: the layers.
  ///   - random: the run's randomness; each parameter is drawn from the stream `init/<its name>`.
  public init(_ description: NetworkDescription, random: RandomSource) {
    self.description = description
    layers = LayerSequence(description.placed, random: random)
  }

  /// Those of the layers, first to last.
  public var parameters: [Parameter<Scalar>] { layers.parameters }

  /// Those of the layers, first to last.
  public var buffers: [StateBuffer<Scalar>] { layers.buffers }

  /// The output of the last layer.
  public func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    require(
      x.shape.rank > 0 && Array(x.shape.dimensions.dropFirst()) == description.input.dimensions,
      "a batch \(x.shape) for a network of inputs \(description.input)")
    return layers.forward(x, in: pass)
  }
}

/// Built layers, each with the site of its output.
struct LayerSequence<Scalar: TensorScalar>: Module, StatefulModule {
  private let layers: [(site: String, module: any Module<Scalar>)]

  init(_ layers: [PlacedLayer], random: RandomSource) {
    self.layers = layers.map { layer in
      (
        layer.site, layer.kind.makeLayer(name: layer.name, input: layer.input, random: random)
      )
    }
  }

  var parameters: [Parameter<Scalar>] { layers.flatMap { $0.module.parameters } }

  var buffers: [StateBuffer<Scalar>] {
    layers.flatMap { ($0.module as? any StatefulModule<Scalar>)?.buffers ?? [] }
  }

  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    layers.reduce(x) { x, layer in
      pass.site(layer.site, layer.module.forward(x, in: pass))
    }
  }
}
