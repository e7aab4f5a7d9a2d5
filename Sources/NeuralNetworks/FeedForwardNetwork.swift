import Autograd
import Tensors

/// Linear layers with ReLU between them and none after the last.
///
/// Shapes: x B×sizes.first → B×sizes.last.
/// Parameters: `layers.0.weight`, `layers.0.bias`, `layers.1.weight`, ….
/// PyTorch equivalent: `nn.Sequential(nn.Linear(…), nn.ReLU(), …, nn.Linear(…))`.
public struct FeedForwardNetwork<Scalar: TensorScalar>: Module {
  /// The linear layers, first to last.
  public let layers: [Linear<Scalar>]

  /// A new network.
  ///
  /// - Parameters:
  ///   - sizes: numbers of units, inputs first and outputs last; at least two.
  ///   - name: the dotted name of the network within a larger one; usually empty.
  ///   - random: the run's randomness; each parameter is drawn from the stream `init/<its name>`.
  public init(sizes: [Int], name: String = "", random: RandomSource) {
    precondition(sizes.count >= 2, "a network needs inputs and outputs, not \(sizes.count) sizes")
    layers = zip(sizes, sizes.dropFirst()).enumerated().map { index, size in
      Linear(
        name: join(name, "layers.\(index)"), inputs: size.0, outputs: size.1, random: random)
    }
  }

  /// Weight and bias of every layer, first to last.
  public var parameters: [Parameter<Scalar>] { layers.flatMap(\.parameters) }

  /// The outputs of the last layer.
  public func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    layers.dropFirst().reduce(layers[0].forward(x, in: pass)) { y, layer in
      layer.forward(pass.graph.relu(y), in: pass)
    }
  }
}
