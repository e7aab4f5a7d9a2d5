import Tensors

/// A parameter without its numbers: what can be said of a network that is not built.
///
/// A manifest may describe a network that no machine can hold; planning must not try.
public struct ParameterOutline: Sendable, Hashable {
  /// The dotted name, as PyTorch would call it: `layers.0.weight`.
  public let name: String
  /// What it is for.
  public let role: ParameterRole
  /// The extents.
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
      let layer = join(name, "layers.\(index)")
      return [
        ParameterOutline(
          name: join(layer, "weight"), role: .weight, shape: [size.1, size.0]),
        ParameterOutline(name: join(layer, "bias"), role: .bias, shape: [size.1]),
      ]
    }
  }
}
