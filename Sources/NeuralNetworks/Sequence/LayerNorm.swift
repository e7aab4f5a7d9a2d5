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

  /// A new layer.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the layer.
  ///   - width: D, at least 2.
  public init(name: String, width: Int) {
    precondition(width >= 2, "normalisation of rows of \(width)")
    scale = Parameter(
      name: join(name, "weight"), role: .normScale, value: Tensor(repeating: 1, shape: [width]))
    shift = Parameter(
      name: join(name, "bias"), role: .normShift, value: Tensor(zeros: [width]))
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
