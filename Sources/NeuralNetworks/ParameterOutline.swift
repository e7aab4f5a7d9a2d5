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

  /// An outline from its parts.
  public init(name: String, role: ParameterRole, shape: Shape) {
    self.name = name
    self.role = role
    self.shape = shape
  }
}

extension Parameter {
  /// The parameter without its numbers.
  public var outline: ParameterOutline {
    ParameterOutline(name: name, role: role, shape: shape)
  }
}

extension ParameterContainer {
  /// The parameters without their numbers.
  public var outline: [ParameterOutline] { parameters.map(\.outline) }
}

extension FeedForwardNetwork {
  /// The parameters that ``init(sizes:name:random:)`` would make, in the same order.
  public static func outline(sizes: [Int], name: String = "") -> [ParameterOutline] {
    zip(sizes, sizes.dropFirst()).enumerated().flatMap { index, size in
      Linear<Scalar>.outline(name: join(name, "layers.\(index)"), inputs: size.0, outputs: size.1)
    }
  }
}

extension Linear {
  /// The parameters that ``init(name:inputs:outputs:hasBias:weightInitialization:biasInitialization:random:)``
  /// would make.
  public static func outline(
    name: String, inputs: Int, outputs: Int, hasBias: Bool = true
  ) -> [ParameterOutline] {
    let weight = ParameterOutline(
      name: join(name, "weight"), role: .weight, shape: [outputs, inputs])
    let bias = ParameterOutline(name: join(name, "bias"), role: .bias, shape: [outputs])
    return hasBias ? [weight, bias] : [weight]
  }
}

extension Embedding {
  /// The table that ``init(name:tokens:width:random:)`` would make.
  public static func outline(name: String, tokens: Int, width: Int) -> [ParameterOutline] {
    [ParameterOutline(name: join(name, "weight"), role: .embedding, shape: [tokens, width])]
  }
}

extension LayerNorm {
  /// The parameters that ``init(name:width:)`` would make.
  public static func outline(name: String, width: Int) -> [ParameterOutline] {
    [
      ParameterOutline(name: join(name, "weight"), role: .normScale, shape: [width]),
      ParameterOutline(name: join(name, "bias"), role: .normShift, shape: [width]),
    ]
  }
}
