import Autograd
import Tensors

/// Layer normalisation with the unbiased standard deviation; see
/// ``Autograd/Graph/layerNorm(_:scale:shift:groups:epsilon:)``.
///
/// Parameters: `weight` (γ, 1 at first) and `bias` (β, 0 at first), both D, of the roles
/// ``ParameterRole/normScale`` and ``ParameterRole/normShift``.
public struct LayerNorm<Scalar: TensorScalar>: ParameterContainer {
  /// γ.
  public let scale: Parameter<Scalar>
  /// β.
  public let shift: Parameter<Scalar>
  /// The dotted name.
  public let name: String

  /// A new layer.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the layer.
  ///   - width: D, at least 2.
  public init(name: String, width: Int) {
    require(width >= 2, "normalisation of rows of \(width)")
    let outlines = LayerNormDescription().outlines(name: name, width: width)
    scale = outlines.scale.makeParameter(Tensor(repeating: 1, shape: [width]))
    shift = outlines.shift.makeParameter(Tensor(zeros: [width]))
    self.name = name
  }

  /// γ, then β.
  public var parameters: [Parameter<Scalar>] { [scale, shift] }

  /// Normalises rows N×D; samples of the parameters serve the groups.
  public func forward(
    _ x: Value<Scalar>, groups: RowGroups, in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    pass.graph.layerNorm(
      x, scale: pass.value(of: scale), shift: pass.value(of: shift), groups: groups)
  }
}

/// A layer normalisation; see ``LayerNorm``.
public struct LayerNormDescription: LayerKind {
  /// The only way.
  public init() {}

  /// `layer-norm`.
  public var title: String { "layer-norm" }

  /// γ and β, both D.
  func outlines(
    name: String, width: Int
  ) -> (scale: ParameterOutline, shift: ParameterOutline) {
    (
      ParameterOutline(name: join(name, "weight"), role: .normScale, shape: [width]),
      ParameterOutline(name: join(name, "bias"), role: .normShift, shape: [width])
    )
  }

  /// D or T×D → the same.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard (1...2).contains(input.rank), input[input.rank - 1] >= 2 else {
      throw DescriptionError("normalisation of the rows of an input \(input)")
    }
    return input
  }

  /// γ, then β.
  public func parameters(name: String, input: Shape) -> [ParameterUse] {
    parameters(
      name: name, width: input[input.rank - 1], uses: input.rank == 2 ? Double(input[0]) : 1)
  }

  /// γ, then β, used a number of times for every example.
  func parameters(name: String, width: Int, uses: Double) -> [ParameterUse] {
    let outlines = outlines(name: name, width: width)
    return [ParameterUse(outlines.scale, uses: uses), ParameterUse(outlines.shift, uses: uses)]
  }

  /// A ``LayerNorm``.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    EvenSequences(
      LayerNorm<Scalar>(name: name, width: input[input.rank - 1]), inputRank: 3
    ) { norm, x, layout, pass in norm.forward(x, groups: layout.groups, in: pass) }
  }
}

extension LayerDescription {
  /// A normalisation of every row; see ``LayerNorm``.
  public static func layerNorm(_ name: String) -> LayerDescription {
    LayerDescription(name, LayerNormDescription())
  }
}
