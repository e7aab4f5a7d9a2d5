import NeuralNetworks

/// Two units at once, of which both gates act on every weight: m = m₁ m₂, such as that of a row and that of a
/// weight within it.
///
/// A weight is kept when both of its gates are. Both are pressed, each by its own penalty.
///
/// Reference: for masks of two granularities Xia, Zhong, Chen: Structured pruning learns compact and accurate
/// models (ACL 2022).
public struct ProductUnit: MaskUnit {
  private let first: any MaskUnit
  private let second: any MaskUnit
  private let label: String
  private let secondBeta: Double?

  /// Two units.
  ///
  /// - Parameters:
  ///   - first: one of them.
  ///   - label: tells the groups of the first from those of the second, which keep their names: `row`
  ///     makes `layers.0.weight@row`.
  ///   - second: the other one.
  ///   - secondBeta: β for the gates of the second; that of the training if nil.
  public init(
    _ first: any MaskUnit, called label: String, and second: any MaskUnit,
    secondBeta: Double? = nil
  ) {
    self.first = first
    self.label = label
    self.second = second
    self.secondBeta = secondBeta
  }

  /// Those of both.
  public func companions(of chosen: Set<String>) -> Set<String> {
    first.companions(of: chosen).union(second.companions(of: chosen))
  }

  /// Those of both, the first ones before the second.
  public func groups(for parameters: [ParameterOutline]) -> [GateGroup] {
    first.groups(for: parameters).map {
      GateGroup(
        name: "\($0.name)\(GateGroup.labelMark)\(label)", shape: $0.shape, members: $0.members)
    }
      + second.groups(for: parameters).map {
        GateGroup(name: $0.name, shape: $0.shape, members: $0.members, beta: secondBeta)
      }
  }
}
