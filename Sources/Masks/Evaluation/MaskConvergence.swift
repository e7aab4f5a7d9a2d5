/// Watches the fraction of kept weights while masks are trained and tells whether it has settled.
///
/// Masks trained too briefly keep weights that are still on their way out. Settled means: over the
/// last tenth of the steps, the kept fraction changed by less than one percentage point.
public struct MaskConvergence: Sendable {
  /// The share of the steps that is looked at.
  public static let window = 0.1
  /// The largest change of the kept fraction that counts as settled.
  public static let tolerance = 0.01

  private var points: [(step: Int, keptFraction: Double)] = []

  /// Nothing noted yet.
  public init() {}

  /// Notes the kept fraction after a number of steps; steps grow.
  public mutating func note(step: Int, keptFraction: Double) {
    points.append((step, keptFraction))
  }

  /// Whether the kept fraction has settled; false when fewer than two points lie in the window.
  public var hasConverged: Bool {
    guard let last = points.last else { return false }
    let start = Double(last.step) * (1 - Self.window)
    let recent = points.filter { Double($0.step) >= start }
    guard recent.count >= 2, let low = recent.map(\.keptFraction).min(),
      let high = recent.map(\.keptFraction).max()
    else { return false }
    return high - low < Self.tolerance
  }

}
