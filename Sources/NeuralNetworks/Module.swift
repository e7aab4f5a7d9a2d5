import Autograd
import Tensors

/// Something that owns parameters: a layer, or a network made of layers.
public protocol ParameterContainer<Scalar> {
  associatedtype Scalar: TensorScalar

  /// The parameters in a fixed order, the same in every run: the order of checkpoints, masks and
  /// tables.
  var parameters: [Parameter<Scalar>] { get }
}

/// A parameter container that maps one value to another.
///
/// Models with other inputs (tokens, sequences with lengths) are ``ParameterContainer``s with a
/// forward method of their own.
public protocol Module<Scalar>: ParameterContainer {
  /// Computes the output for a batch.
  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar>
}

extension ParameterContainer {
  /// Number of learned scalars.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }

  /// The parameter of the given dotted name.
  public func parameter(named name: String) -> Parameter<Scalar>? {
    parameters.first { $0.name == name }
  }
}

/// Joins the dotted name of a module and the name of one of its parts.
func join(_ prefix: String, _ name: String) -> String {
  prefix.isEmpty ? name : name.isEmpty ? prefix : "\(prefix).\(name)"
}
