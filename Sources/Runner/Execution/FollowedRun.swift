import Store

/// A run whose task is followed.
final class FollowedRun {
  let run: PlannedRun
  private(set) var task: BatchTask
  /// When its start was reported.
  var start = 0.0
  /// Whether its start was reported.
  var isReported = false
  /// Whether its end was reported.
  var isOver = false
  private(set) var progress = RunProgress()
  /// Since when the batch system says that the task is gone.
  private(set) var goneSince: Double?

  init(_ run: PlannedRun, _ task: BatchTask) {
    self.run = run
    self.task = task
    progress.steps = run.assignment?.totalSteps ?? 0
  }

  var name: RunName { run.name }
  /// Whether there may be something in the folder of the run.
  var hasBegun: Bool { isReported || task.state?.stand != .pending }

  /// Takes what the batch system says; nil when it no longer knows the task.
  ///
  /// - Returns: whether that is news.
  func take(_ state: BatchTask.State?) -> Bool {
    guard state != task.state else { return false }
    task.state = state
    switch state?.stand {
    case .ended?, nil: goneSince = goneSince ?? MonotonicClock.seconds()
    case .pending?:
      // The task was put back: it will start once more.
      goneSince = nil
      isReported = false
    case .running?: goneSince = nil
    }
    return true
  }

  /// Notes that modlab has cancelled the task.
  func markCancelled() { task.isCancelled = true }

  /// Seconds of this attempt.
  func seconds(_ status: RunStatus) -> Double { max(0, status.seconds - task.seconds) }

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
