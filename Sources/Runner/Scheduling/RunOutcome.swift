import Store

/// How a run that was started has ended.
public struct RunOutcome: Sendable, Equatable {
  /// The state it is in now; never ``RunStatus/State/running``.
  public var state: RunStatus.State
  /// What went wrong, for all states but complete.
  public var error: Failure?
  /// Seconds that this attempt took.
  public var seconds: Double

  /// Creates an outcome.
  public init(_ state: RunStatus.State, error: Failure? = nil, seconds: Double = 0) {
    self.state = state
    self.error = error
    self.seconds = seconds
  }
}
