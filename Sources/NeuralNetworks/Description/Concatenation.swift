import Autograd
import Tensors

/// Joins what several ways make of a value along the last axis: the channels of images, the
/// features of vectors and of the steps of sequences.
///
/// y = [way₁(x), way₂(x), …], a way without layers being the value itself
///
/// Shapes: …×C₁, …×C₂, … → …×(C₁ + C₂ + …).
/// Parameters: those of the ways, in their order, under the name of the layer.
struct Concatenation<Scalar: TensorScalar>: Module, StatefulModule {
  let ways: [LayerSequence<Scalar>]

  var parameters: [Parameter<Scalar>] { ways.flatMap(\.parameters) }
  var buffers: [StateBuffer<Scalar>] { ways.flatMap(\.buffers) }

  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let parts = ways.map { $0.forward(x, in: pass) }
    return pass.graph.concatenate(parts, axis: parts[0].shape.rank - 1)
  }
}

/// Several ways whose results are joined; see ``LayerDescription/concatenation(_:_:)``.
public struct ConcatenationDescription: LayerKind {
  /// The layers of every way, first to last; none for the value itself.
  public let ways: [[LayerDescription]]

  /// A concatenation of ways.
  public init(_ ways: [[LayerDescription]]) { self.ways = ways }

  /// `concatenation`.
  public var title: String { "concatenation" }

  /// That of the ways, which differ in the last axis only.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    let ends = try LayerWays(ways).outputs(of: input)
    guard let first = ends.first, first.rank > 0 else {
      throw DescriptionError("a concatenation of \(ways.count) ways of an input \(input)")
    }
    let axis = first.rank - 1
    for end in ends
    where end.rank != first.rank
      || end.replacing(axis: axis, with: 0)
        != first.replacing(axis: axis, with: 0)
    {
      throw DescriptionError(
        "a concatenation of \(first) and \(end): only the last axis may differ")
    }
    return first.replacing(axis: axis, with: ends.reduce(0) { $0 + $1[axis] })
  }

  /// The layers of the ways, and the concatenation.
  public func outline(
    name: String, site: String, input: Shape
  ) throws(DescriptionError) -> [LayerOutline] {
    try LayerWays(ways).outline(name: name, site: site, kind: self, input: input)
  }

  /// The sequences of layers side by side.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    Concatenation(ways: LayerWays(ways).sequences(name: name, input: input, random: random))
  }
}

extension LayerDescription {
  /// What several ways make of a value, joined along the last axis (channels, features). Names
  /// within are joined to that of the concatenation.
  public static func concatenation(
    _ name: String = "", _ ways: [[LayerDescription]]
  ) -> LayerDescription {
    LayerDescription(name, ConcatenationDescription(ways))
  }
}
