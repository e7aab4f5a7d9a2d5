import Autograd
import Tensors

/// Layer normalisation, with the unbiased standard deviation unless its description says otherwise;
/// see ``Autograd/Graph/layerNorm(_:scale:shift:groups:epsilon:deviation:)``.
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
  private let description: LayerNormDescription

  /// A new layer.
  ///
  /// - Parameters:
  ///   - description: its constants.
  ///   - name: the dotted name of the layer.
  ///   - width: D, at least 2.
  public init(
    _ description: LayerNormDescription = LayerNormDescription(), name: String, width: Int
  ) {
    require(width >= 2, "normalisation of rows of \(width)")
    let outlines = description.outlines(name: name, width: width)
    self.description = description
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
      x, scale: pass.value(of: scale), shift: pass.value(of: shift), groups: groups,
      epsilon: description.epsilon, deviation: description.deviation)
  }
}

/// A layer normalisation; see ``LayerNorm``.
public struct LayerNormDescription: LayerKind {
  /// ε.
  public let epsilon: Double
  /// What distances from the mean are divided by.
  public let deviation: RowDeviation

  /// A normalisation with the unbiased standard deviation, or, as PyTorch's, with the variance.
  public init(epsilon: Double = 1e-5, deviation: RowDeviation = .unbiased) {
    self.epsilon = epsilon
    self.deviation = deviation
  }

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
    guard (1...2).contains(input.rank), input[input.rank - 1] >= 2, epsilon >= 0 else {
      throw DescriptionError("normalisation of the rows of an input \(input) with ε \(epsilon)")
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
      LayerNorm<Scalar>(self, name: name, width: input[input.rank - 1]), inputRank: 3
    ) { norm, x, layout, pass in norm.forward(x, groups: layout.groups, in: pass) }
  }
}

extension LayerDescription {
  /// A normalisation of every row; see ``LayerNorm``.
  public static func layerNorm(
    _ name: String, epsilon: Double = 1e-5, deviation: RowDeviation = .unbiased
  ) -> LayerDescription {
    LayerDescription(name, LayerNormDescription(epsilon: epsilon, deviation: deviation))
  }
}
