import Tensors

/// What a parameter is for; masks choose by it which parameters they cover.
public enum ParameterRole: String, Sendable, Hashable, CaseIterable {
  /// A matrix or kernel of connections.
  case weight
  /// A vector added to units.
  case bias
  /// A table of token vectors.
  case embedding
  /// The scale γ of a normalisation.
  case normScale = "norm-scale"
  /// The shift β of a normalisation.
  case normShift = "norm-shift"
}

/// A named tensor that belongs to a module and is learned.
///
/// Modules refer to parameters; what a forward pass uses in their place (a trainable leaf, a
/// constant, a masked copy) is decided by the pass's ``ParameterSource``.
public final class Parameter<Scalar: TensorScalar> {
  /// The dotted name, as PyTorch would call it: `layers.0.weight`.
  public let name: String
  /// What it is for.
  public let role: ParameterRole
  /// Where the heads of attention lie in it; nil for what is no projection of attention.
  public let heads: HeadLayout?
  /// The numbers. Optimisers change them in place.
  public var value: Tensor<Scalar>

  /// A parameter with its initial value.
  public init(
    name: String, role: ParameterRole, value: Tensor<Scalar>, heads: HeadLayout? = nil
  ) {
    self.name = name
    self.role = role
    self.heads = heads
    self.value = value
  }

  /// The extents of ``value``.
  public var shape: Shape { value.shape }
}
