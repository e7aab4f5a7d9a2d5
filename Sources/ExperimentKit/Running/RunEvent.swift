/// What a run tells while it works.
public enum RunEvent: Sendable, Equatable {
  /// How far a run is.
  public struct Progress: Sendable, Equatable {
    /// Current phase or evaluation.
    public let phase: String
    /// Finished steps of the phase; 0 for an evaluation.
    public let step: Int
    /// All steps of the phase; 1 for an evaluation.
    public let steps: Int
    /// Finished steps of the run, all phases and evaluations together.
    public let completedSteps: Int
    /// All steps of the run as the experiment states them; 0 when unknown.
    public let totalSteps: Int
    /// Loss of the last step; nil for an evaluation.
    public let loss: Double?
    /// Gradient norm of the last step, where known.
    public let gradientNorm: Double?
  }

  /// Where the outcome of a phase comes from.
  public enum Origin: String, Sendable, Equatable {
    /// Computed by this process, at least in part.
    case computed
    /// From the run's own checkpoint.
    case checkpoint
    /// From the cache shared by all runs.
    case cache
  }

  /// A phase begins at a step, which is above 0 when the run is resumed, or an evaluation, which has
  /// one step. Events of phases that run at the same time alternate.
  case phaseStarted(phase: String, steps: Int, from: Int)
  /// Sent at most twice a second.
  case progress(Progress)
  /// The checkpoint of the run was written: one event for each phase in it that is under way, nil
  /// when there is none.
  case checkpoint(phase: String?, step: Int)
  /// A phase or an evaluation is complete.
  case phaseFinished(phase: String, steps: Int, origin: Origin)
  /// Another run computes what this one needs, too.
  case waiting(phase: String)
  /// Something the user should know about.
  case warning(String)
  /// A line for the log of the run.
  case log(String)
}
