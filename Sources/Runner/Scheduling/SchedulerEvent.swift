/// What happens while runs are being computed.
public enum SchedulerEvent: Sendable, Equatable {
  /// A worker took up a run.
  case started(RunName)
  /// A run has advanced.
  case progress(RunName, RunProgress)
  /// A run has saved its state.
  case checkpoint(RunName, phase: String?, step: Int)
  /// A run waits for another one that computes what both need.
  case waiting(RunName, phase: String)
  /// Something the user should know about a run.
  case warning(RunName, String)
  /// A run has ended.
  case finished(RunName, RunOutcome)
  /// All workers are asked to stop; the signal that caused it, nil for `--fail-fast`.
  case stopping(signal: Int32?)
  /// A batch system has taken a job with runs.
  case submitted(job: String, of: BatchWords, runs: Int)
  /// A signal ended the following of jobs, which continue; for some seconds another one cancels
  /// them.
  case leaving(signal: Int32, jobs: [String], of: BatchWords, secondsToCancel: Double)
}

/// How far a run is.
public struct RunProgress: Sendable, Equatable {
  /// Phase in progress.
  public var phase = ""
  /// Finished steps of the phase.
  public var phaseStep = 0
  /// Steps of the phase.
  public var phaseSteps = 0
  /// Finished steps of the run.
  public var step = 0
  /// Steps of the run.
  public var steps = 0
  /// Loss of the last step.
  public var loss: Double?
  /// Steps per second of this attempt.
  public var stepsPerSecond: Double?
  /// Parts done of every step of the run, by its name; see ``RunStatus/stepsDone``.
  public var stepsDone: [String: Int] = [:]
  /// Seconds that they have taken; see ``RunStatus/stepSeconds``.
  public var stepSeconds: [String: Double] = [:]

  /// Creates the progress of a run that has not begun.
  public init() {}
}

extension RunProgress {
  /// The same, with the steps only that are not as they were.
  func changes(since earlier: RunProgress) -> RunProgress {
    var changes = self
    changes.stepsDone = stepsDone.filter { earlier.stepsDone[$0.key] != $0.value }
    changes.stepSeconds = stepSeconds.filter { earlier.stepSeconds[$0.key] != $0.value }
    return changes
  }

  /// Takes what ``changes(since:)`` gave.
  mutating func take(_ changes: RunProgress) {
    let (done, seconds) = (stepsDone, stepSeconds)
    self = changes
    stepsDone = done.merging(changes.stepsDone) { $1 }
    stepSeconds = seconds.merging(changes.stepSeconds) { $1 }
  }
}
