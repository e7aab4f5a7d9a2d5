import ExperimentKit
import Store

/// Keeps count of steps and speed from the events of a run.
struct RunTracker {
  private(set) var progress = RunProgress()
  /// Steps computed by this attempt.
  private(set) var workedSteps = 0
  private var finishedSteps = 0
  private var phaseStart = 0
  private var workedBefore = 0
  /// Seconds and worked steps when the current phase began, for its speed.
  private var mark: (seconds: Double, steps: Int) = (0, 0)

  init(steps: Int) { progress.steps = steps }

  /// Takes an event that happened so many seconds after the start.
  mutating func note(_ event: RunEvent, at seconds: Double) {
    switch event {
    case .phaseStarted(let phase, let steps, let from):
      progress.phase = phase
      progress.phaseStep = from
      progress.phaseSteps = steps
      progress.step = finishedSteps + from
      progress.loss = nil
      progress.stepsPerSecond = nil
      phaseStart = from
      workedBefore = workedSteps
      mark = (seconds, workedSteps)
    case .progress(let step):
      advance(to: step.step, at: seconds)
      progress.loss = step.loss
    case .checkpoint(let phase?, let step) where phase == progress.phase:
      advance(to: step, at: seconds)
    case .phaseFinished(let phase, let steps, let origin):
      if origin == .computed { advance(to: steps, at: seconds) }
      finishedSteps += steps
      progress.phase = phase
      progress.phaseStep = steps
      progress.phaseSteps = steps
      progress.step = finishedSteps
    case .checkpoint, .waiting, .warning, .log: break
    }
  }

  private mutating func advance(to step: Int, at seconds: Double) {
    progress.phaseStep = step
    progress.step = finishedSteps + step
    workedSteps = workedBefore + step - phaseStart
    if seconds > mark.seconds, workedSteps > mark.steps {
      progress.stepsPerSecond = Double(workedSteps - mark.steps) / (seconds - mark.seconds)
    }
  }
}
