import Autograd
import Tensors

/// The sum of what two ways make of a value: layers, and a shortcut around them.
///
/// y = body(x) + shortcut(x), with shortcut(x) = x when it has no layers
///
/// Shapes: whatever both ways turn into the same.
/// Parameters: those of the body, then those of the shortcut, under the name of the layer.
struct ResidualSum<Scalar: TensorScalar>: Module, StatefulModule {
  let body: LayerSequence<Scalar>
  let shortcut: LayerSequence<Scalar>

  var parameters: [Parameter<Scalar>] { body.parameters + shortcut.parameters }
  var buffers: [StateBuffer<Scalar>] { body.buffers + shortcut.buffers }

  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    pass.graph.add(body.forward(x, in: pass), shortcut.forward(x, in: pass))
  }
}

/// Layers with a shortcut around them; y = body(x) + shortcut(x).
public struct ResidualDescription: LayerKind {
  /// The layers, first to last.
  public let body: [LayerDescription]
  /// The layers of the shortcut; none for the value itself.
  public let shortcut: [LayerDescription]

  /// A sum of two ways.
  public init(body: [LayerDescription], shortcut: [LayerDescription] = []) {
    self.body = body
    self.shortcut = shortcut
  }

  private var ways: LayerWays { LayerWays([body, shortcut]) }

  /// `residual`.
  public var title: String { "residual" }

  /// That of both ways.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    let ends = try ways.outputs(of: input)
    guard ends[0] == ends[1] else {
      throw DescriptionError("a sum of \(ends[0]) and, by the shortcut, \(ends[1])")
    }
    return ends[0]
  }

  /// The layers of the body, those of the shortcut, and the sum.
  public func outline(
    name: String, site: String, input: Shape
  ) throws(DescriptionError) -> [LayerOutline] {
    try ways.outline(name: name, site: site, kind: self, input: input)
  }

  /// A sum of two sequences of layers.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    let sequences: [LayerSequence<Scalar>] = ways.sequences(
      name: name, input: input, random: random)
    return ResidualSum(body: sequences[0], shortcut: sequences[1])
  }
}

extension LayerDescription {
  /// Layers with a shortcut around them, by default that of the value itself:
  /// y = body(x) + shortcut(x). Names within are joined to that of the sum.
  public static func residual(
    _ name: String = "", _ body: [LayerDescription], shortcut: [LayerDescription] = []
  ) -> LayerDescription {
    LayerDescription(name, ResidualDescription(body: body, shortcut: shortcut))
  }
}
