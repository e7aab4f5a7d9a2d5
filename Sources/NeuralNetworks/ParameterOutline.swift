import Tensors

/// A parameter without its numbers: what can be said of a network that is not built.
///
/// A manifest may describe a network that no machine can hold; planning must not try.
public struct ParameterOutline: Sendable, Hashable {
  /// The dotted name, as PyTorch would call it: `layers.0.weight`.
  public let name: String
  /// What it is for.
  public let role: ParameterRole
  /// The shape of its tensor.
  public let shape: Shape
  /// Where the heads of attention lie in it; nil for what is no projection of attention.
  public let heads: HeadLayout?

  /// An outline from its parts.
  public init(name: String, role: ParameterRole, shape: Shape, heads: HeadLayout? = nil) {
    self.name = name
    self.role = role
    self.shape = shape
    self.heads = heads
  }
}

extension Parameter {
  /// The parameter without its numbers.
  public var outline: ParameterOutline {
    ParameterOutline(name: name, role: role, shape: shape, heads: heads)
  }
}

extension ParameterContainer {
  /// The parameters without their numbers.
  public var outline: [ParameterOutline] { parameters.map(\.outline) }
}

extension ParameterOutline {
  /// The parameter with initial values from the stream `init/<name>`.
  ///
  /// - Parameters:
  ///   - rule: how they are drawn.
  ///   - fans: inputs and outputs of one unit; by the shape when nil, which is then that of a
  ///     weight.
  ///   - random: the run's randomness.
  func makeParameter<Scalar: TensorScalar>(
    _ rule: Initialization, fans: (in: Int, out: Int)? = nil, random: RandomSource
  ) -> Parameter<Scalar> {
    let fans = fans ?? Initialization.fans(ofWeight: shape)
    return makeParameter(
      rule.draw(shape, fanIn: fans.in, fanOut: fans.out, from: random.stream("init/\(name)")))
  }

  /// The parameter with given values.
  func makeParameter<Scalar: TensorScalar>(_ value: Tensor<Scalar>) -> Parameter<Scalar> {
    require(value.shape == shape, "\(name) of shape \(shape) with values \(value.shape)")
    return Parameter(name: name, role: role, value: value, heads: heads)
  }
}
