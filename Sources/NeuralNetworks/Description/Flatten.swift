import Autograd
import Tensors

/// Turns every example into a vector.
///
/// Shapes: B×… → B×D. An image H×W×C, channels last here, becomes a vector in the order of PyTorch,
/// channels first, so that the weights after it have PyTorch's order.
/// PyTorch equivalent: `nn.Flatten()`.
struct Flatten<Scalar: TensorScalar>: Module {
  var parameters: [Parameter<Scalar>] { [] }

  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let (graph, shape) = (pass.graph, x.shape)
    let elements = shape.dimensions.dropFirst().reduce(1, *)
    // With one pixel or one channel both orders are the same.
    let isImage = shape.rank == 4 && shape[1] * shape[2] > 1 && shape[3] > 1
    return graph.reshape(
      isImage ? graph.transpose(x, [0, 3, 1, 2]) : x, to: [shape[0], elements])
  }
}

/// Turns every example into a vector; see ``LayerDescription/flatten(name:)``.
public struct FlattenDescription: LayerKind {
  /// The only way.
  public init() {}

  /// `flatten`.
  public var title: String { "flatten" }

  /// As many elements.
  public func output(of input: Shape) throws(DescriptionError) -> Shape { [input.count] }

  /// The reordering.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    Flatten()
  }
}

extension LayerDescription {
  /// Turns every example into a vector, images in PyTorch's order: channels, rows, columns.
  public static func flatten(name: String = "") -> LayerDescription {
    LayerDescription(name, FlattenDescription())
  }
}
