import Autograd
import Tensors

/// Self-attention of sequences whose steps hold queries, keys and values already: what stands
/// between the projections, which are linear layers of their own.
///
/// Shapes: B×T×3D, queries, keys and values of all heads side by side → B×T×D.
/// PyTorch equivalent: `nn.functional.scaled_dot_product_attention` of `x.chunk(3, -1)` by heads, as
/// `nn.MultiheadAttention` between `in_proj` and `out_proj`.
public struct ProjectedAttentionDescription: LayerKind {
  /// The number of heads.
  public let heads: Int
  /// Whether a step sees nothing after its own place.
  public let isCausal: Bool

  /// Attention of so many heads.
  public init(heads: Int, isCausal: Bool = false) {
    self.heads = heads
    self.isCausal = isCausal
  }

  /// `attention`.
  public var title: String { "attention" }

  /// T×3D → T×D.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard input.rank == 2, input[0] > 0, input[1] > 0, heads > 0, input[1] % (3 * heads) == 0
    else {
      throw DescriptionError(
        "\(heads) heads for an input \(input): its width is that of queries, keys and values")
    }
    return [input[0], input[1] / 3]
  }

  /// The attention.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    ProjectedAttention(description: self)
  }
}

struct ProjectedAttention<Scalar: TensorScalar>: Module {
  let description: ProjectedAttentionDescription

  var parameters: [Parameter<Scalar>] { [] }

  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let (graph, batch, length, width) = (pass.graph, x.shape[0], x.shape[1], x.shape[2] / 3)
    let rows = graph.reshape(x, to: [batch * length, 3 * width])
    let elements = (0..<batch).map { $0 * length..<($0 + 1) * length }
    let y = graph.attention(
      queries: graph.slice(rows, axis: 1, 0..<width),
      keysAndValues: graph.slice(rows, axis: 1, width..<3 * width),
      pattern: AttentionPattern(
        heads: description.heads, queries: elements, keys: elements,
        isCausal: description.isCausal))
    return graph.reshape(y, to: [batch, length, width])
  }
}

extension LayerDescription {
  /// Self-attention of steps that hold queries, keys and values side by side.
  public static func projectedAttention(
    _ name: String = "", heads: Int, isCausal: Bool = false
  ) -> LayerDescription {
    LayerDescription(name, ProjectedAttentionDescription(heads: heads, isCausal: isCausal))
  }
}
