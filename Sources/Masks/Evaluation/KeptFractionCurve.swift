import Tensors

/// How well a network does its task with ever more of its weights, and the areas under and beside that
/// curve.
///
/// With s(f) the score with the fraction f of the weights, relative to those of the network with none and
/// with all of them,
///
///     F(f) = (s(f) − s(∅)) / (s(1) − s(∅))
///     CPR = ∫ F df        CMD = ∫ |1 − F| df
///
/// by trapezoids on a fixed grid, which begins at .001: the integrals are over [.001, 1]. A large CPR says
/// that few weights suffice; a small CMD that a mask of any size does what the network does, no better and
/// no worse.
///
/// Reference: Mueller et al.: MIB: A mechanistic interpretability benchmark (ICML 2025), section 3.1, there
/// for the edges of a graph and a difference of logits.
public struct KeptFractionCurve: Sendable {
  /// f.
  public static let fractions = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]

  /// F at each of the fractions.
  public let faithfulness: [Double]

  /// A curve.
  ///
  /// - Parameters:
  ///   - scores: at each of the fractions; the last is that of the network as it is.
  ///   - empty: that of the network without any of the weights.
  /// - Returns: nil when the network does not do better with all weights than with none, or worse.
  public init?(scores: [Double], empty: Double) {
    require(scores.count == Self.fractions.count, "\(scores.count) scores of a curve")
    guard let full = scores.last, full != empty else { return nil }
    faithfulness = scores.map { ($0 - empty) / (full - empty) }
  }

  /// CPR.
  public var area: Double { integral { $0 } }

  /// CMD.
  public var distance: Double { integral { abs(1 - $0) } }

  private func integral(_ value: (Double) -> Double) -> Double {
    zip(Self.fractions, Self.fractions.dropFirst()).enumerated().reduce(0) { sum, part in
      let (low, high) = part.element
      let ends = value(faithfulness[part.offset]) + value(faithfulness[part.offset + 1])
      return sum + (high - low) * ends / 2
    }
  }
}
