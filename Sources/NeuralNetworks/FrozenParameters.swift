import Autograd
import Tensors

/// Uses all parameters as constants: for evaluation, and for whatever is not to be trained.
public struct FrozenParameters<Scalar: TensorScalar>: ParameterSource {
  /// A source of constants.
  public init() {}

  /// A constant.
  public func value(of parameter: Parameter<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar> {
    graph.constant(parameter.value)
  }
}
