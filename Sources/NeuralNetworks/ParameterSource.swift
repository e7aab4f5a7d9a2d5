import Autograd
import Tensors

/// Decides what a forward pass uses in place of a network's parameters.
///
/// This is the seam between networks and masks: layers never read ``Parameter/value`` themselves. A
/// source may hand out leaves that are trained, constants, or samples of a masked parameter, and it
/// may compute whole linear maps in its own way.
public protocol ParameterSource<Scalar> {
  associatedtype Scalar: TensorScalar

  /// What stands for a parameter.
  ///
  /// - Returns: a value of the parameter's shape, or of that shape with a leading axis S for S
  ///   weight samples, of which sample s serves the s-th contiguous slice of the batch.
  func value(of parameter: Parameter<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar>

  /// A linear map with the values that stand for weight and bias.
  func linear(
    _ x: Value<Scalar>, weight: Parameter<Scalar>, bias: Parameter<Scalar>?,
    on graph: Graph<Scalar>
  ) -> Value<Scalar>
}

extension ParameterSource {
  /// The plain way: ask for both values, then multiply.
  public func linear(
    _ x: Value<Scalar>, weight: Parameter<Scalar>, bias: Parameter<Scalar>?,
    on graph: Graph<Scalar>
  ) -> Value<Scalar> {
    graph.linear(
      x, weight: value(of: weight, on: graph), bias: bias.map { value(of: $0, on: graph) })
  }
}
