import Autograd
import NeuralNetworks
import Tensors

/// The parameters of a network under fixed masks, as constants: what a masked network is judged
/// with.
///
/// Removed weights are exactly zero. The masked copies are made once.
public struct MaskedParameters<Scalar: TensorScalar>: ParameterSource {
  private let masked: [String: Tensor<Scalar>]

  /// Masks the parameters that the set names; the others stay.
  public init(_ parameters: [Parameter<Scalar>], masks: MaskSet) {
    masked = parameters.reduce(into: [:]) { result, parameter in
      if let mask = masks[parameter.name] {
        result[parameter.name] = mask.applied(to: parameter.value)
      }
    }
  }

  /// Puts tensors in the place of the parameters that they are named after; the others stay.
  public init(replacing tensors: [String: Tensor<Scalar>]) { masked = tensors }

  /// The masked copy of a parameter, or the parameter as it is.
  public func value(of parameter: Parameter<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar> {
    graph.constant(masked[parameter.name] ?? parameter.value)
  }
}
