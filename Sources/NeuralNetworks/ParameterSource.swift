import Autograd
import Tensors

/// Decides what a forward pass uses in place of a network's parameters.
///
/// This is the seam between networks and masks: layers never read ``Parameter/value`` themselves. A
/// source may hand out leaves that are trained, constants, or samples of a masked parameter, and it
/// may compute the products with a weight in its own way.
public protocol ParameterSource<Scalar> {
  associatedtype Scalar: TensorScalar

  /// S, the number of contiguous slices that a batch is cut into, one for every weight sample; 1
  /// when parameters do not come in samples.
  var samples: Int { get }

  /// What stands for a parameter.
  ///
  /// - Returns: a value of the parameter's shape, or of that shape with a leading axis S for S
  ///   weight samples, of which sample s serves the s-th contiguous slice of the batch.
  func value(of parameter: Parameter<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar>

  /// The products with what stands for a weight K×C or a kernel K×C×R×R.
  func linearMap(of weight: Parameter<Scalar>, on graph: Graph<Scalar>) -> LinearMap<Scalar>
}

extension ParameterSource {
  /// No samples.
  public var samples: Int { 1 }

  /// The plain way: products with the value.
  public func linearMap(
    of weight: Parameter<Scalar>, on graph: Graph<Scalar>
  ) -> LinearMap<Scalar> {
    LinearMap(value(of: weight, on: graph))
  }
}
