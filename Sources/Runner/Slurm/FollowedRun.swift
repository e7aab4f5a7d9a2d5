import Store

/// A run whose task is followed.
final class FollowedRun {
  let run: PlannedRun
  private(set) var entry: SlurmSurvey.Entry
  private let statusFile: String
  /// When its start was reported.
  var start = 0.0
  /// Whether its start was reported.
  var isReported = false
  /// Whether its end was reported.
  var isOver = false
  private(set) var progress = RunProgress()
  /// Since when Slurm says that the task is gone.
  private(set) var goneSince: Double?

  init(_ run: PlannedRun, _ entry: SlurmSurvey.Entry, output: OutputFolder) {
    self.run = run
    self.entry = entry
    statusFile = output.study(run.name.study).run(run.name).statusFile
    progress.steps = run.assignment?.totalSteps ?? 0
  }

  var name: RunName { run.name }
  /// Whether there may be something in the folder of the run.
  var hasBegun: Bool { isReported || entry.state?.stand != .pending }

  /// Takes what Slurm says; nil when it no longer knows the task.
  ///
  /// - Returns: whether that is news.
  func take(_ state: SlurmTaskState?) -> Bool {
    guard state != entry.state else { return false }
    entry.state = state
    switch state?.stand {
    case .ended?, nil: goneSince = goneSince ?? MonotonicClock.seconds()
    case .pending?:
      // Slurm has put the task back: it will start once more.
      goneSince = nil
      isReported = false
    case .running?: goneSince = nil
    }
    return true
  }

  /// Notes that modlab has cancelled the task.
  func markCancelled() { entry.task.isCancelled = true }

  /// The status when the task has written it, not an earlier attempt.
  func ownStatus() -> RunStatus? {
    guard let status = try? RunStatus.read(statusFile), status.attempts > entry.task.attempts
    else { return nil }
    return status
  }

  /// Seconds of this attempt.
  func seconds(_ status: RunStatus) -> Double { max(0, status.seconds - entry.task.seconds) }

  /// Takes the progress that a status shows.
  ///
  /// - Returns: whether the run has advanced.
  func advance(to status: RunStatus) -> Bool {
    guard status.step != progress.step || status.phase != progress.phase else { return false }
    progress.phase = status.phase ?? ""
    progress.step = status.step
    progress.steps = status.steps
    progress.stepsPerSecond = status.stepsPerSecond
    progress.stepsDone = status.stepsDone
    progress.stepSeconds = status.stepSeconds
    return true
  }
}
