/// What masks are trained for.
public enum MaskObjective: String, Sendable, Hashable, CaseIterable {
  /// Right answers.
  case task
  /// The outputs of the network without masks.
  case match
}
