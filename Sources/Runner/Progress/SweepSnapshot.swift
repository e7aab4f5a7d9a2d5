/// The state of all runs of a command at one moment, for displays.
public struct SweepSnapshot: Sendable, Equatable {
  /// A run that a worker computes.
  public struct Active: Sendable, Equatable {
    /// The run.
    public var run: RunName
    /// How far it is.
    public var progress: RunProgress
    /// Whether it waits for another run.
    public var isWaiting: Bool
    /// Seconds since its worker was started.
    public var seconds: Double
    /// Estimate of the seconds until its end.
    public var secondsLeft: Double?
  }

  /// Number of all runs of the plan.
  public var total = 0
  /// Complete ones, those found complete included.
  public var complete = 0
  /// Failed ones, those found so included.
  public var failed = 0
  /// Diverged ones, those found so included.
  public var diverged = 0
  /// Runs in progress, by worker.
  public var active: [Active?] = []
  /// Runs that wait for a worker.
  public var queued = 0
  /// Seconds since the start of the command.
  public var elapsed = 0.0
  /// Estimate of the time until everything is done.
  public var secondsLeft: Double?

  /// Creates the snapshot of nothing.
  public init() {}

  /// Creates the snapshot before any of the runs that are going to be computed has ended.
  ///
  /// - Parameter isSettled: tells the runs that stay as they are.
  init(_ plan: Plan, isSettled: (PlannedRun) -> Bool) {
    total = plan.runs.count { $0.reason != .superseded }
    for run in plan.runs where isSettled(run) {
      switch run.reason {
      case .done: complete += 1
      case .failed: failed += 1
      case .diverged: diverged += 1
      case .new, .resume, .superseded: break
      }
    }
  }

  /// Counts a run that has ended.
  mutating func count(_ state: RunStatus.State) {
    switch state {
    case .complete: complete += 1
    case .failed: failed += 1
    case .diverged: diverged += 1
    case .interrupted, .running: break
    }
  }

  /// `12/30 complete, 1 failed, 2 running, 15 waiting`
  public var counts: String {
    var parts = ["\(complete)/\(total) complete"]
    if failed > 0 { parts.append("\(failed) failed") }
    if diverged > 0 { parts.append("\(diverged) diverged") }
    let running = active.compactMap(\.self).count
    if running > 0 { parts.append("\(running) running") }
    if queued > 0 { parts.append("\(queued) waiting") }
    return parts.joined(separator: ", ")
  }
}
