import ExperimentKit
import Store

/// Keeps count of steps, seconds and speed from the events of a run.
///
/// Of several phases under way, the one that began first is shown; steps and speed are those of
/// all. The seconds in which several were under way are divided among them.
struct RunTracker {
  private struct Phase {
    let name: String
    let steps: Int
    let start: Int
    var step: Int
    var loss: Double?
  }

  private(set) var progress = RunProgress()
  private var underWay: [Phase] = []
  private var finishedSteps = 0
  /// Steps of finished phases that this attempt has computed.
  private var workedOnFinished = 0
  /// Seconds and worked steps when a phase last began alone, for the speed.
  private var mark: (seconds: Double, steps: Int) = (0, 0)
  /// Seconds up to which all time has been divided.
  private var divided = 0.0

  /// - Parameters:
  ///   - steps: parts of all steps of the run.
  ///   - stepSeconds: what earlier attempts have taken, by the step's name.
  init(steps: Int, stepSeconds: [String: Double] = [:]) {
    progress.steps = steps
    progress.stepSeconds = stepSeconds
  }

  /// Steps computed by this attempt.
  var workedSteps: Int { underWay.reduce(workedOnFinished) { $0 + $1.step - $1.start } }

  /// Takes an event that happened so many seconds after the start.
  mutating func note(_ event: RunEvent, at seconds: Double) {
    divide(until: seconds)
    switch event {
    case .phaseStarted(let phase, let steps, let from):
      // What was done before is lost when the phase begins at its first step.
      if from == 0 { progress.stepSeconds[phase] = 0 }
      progress.stepsDone[phase] = from
      if underWay.isEmpty {
        mark = (seconds, workedSteps)
        progress.stepsPerSecond = nil
      }
      underWay.append(Phase(name: phase, steps: steps, start: from, step: from))
    case .progress(let step):
      advance(step.phase, to: step.step, at: seconds, loss: step.loss)
    case .checkpoint(let phase?, let step): advance(phase, to: step, at: seconds)
    case .phaseFinished(let phase, let steps, let origin):
      if origin == .computed { advance(phase, to: steps, at: seconds) }
      if let index = underWay.firstIndex(where: { $0.name == phase }) {
        let ended = underWay.remove(at: index)
        workedOnFinished += ended.step - ended.start
      }
      if origin == .cache { progress.stepSeconds[phase] = nil }
      progress.stepsDone[phase] = steps
      finishedSteps += steps
      progress.phase = phase
      progress.phaseStep = steps
      progress.phaseSteps = steps
    case .checkpoint, .waiting, .warning, .log: return
    }
    show()
  }

  /// Gives the time that has passed to the phases under way.
  mutating func divide(until seconds: Double) {
    let share = max(0, seconds - divided) / Double(max(1, underWay.count))
    for phase in underWay { progress.stepSeconds[phase.name, default: 0] += share }
    divided = max(divided, seconds)
  }

  private mutating func advance(
    _ phase: String, to step: Int, at seconds: Double, loss: Double? = nil
  ) {
    guard let index = underWay.firstIndex(where: { $0.name == phase }) else { return }
    underWay[index].step = step
    progress.stepsDone[phase] = step
    underWay[index].loss = loss ?? underWay[index].loss
    if seconds > mark.seconds, workedSteps > mark.steps {
      progress.stepsPerSecond = Double(workedSteps - mark.steps) / (seconds - mark.seconds)
    }
  }

  private mutating func show() {
    progress.step = underWay.reduce(finishedSteps) { $0 + $1.step }
    guard let phase = underWay.first else { return }
    progress.phase = phase.name
    progress.phaseStep = phase.step
    progress.phaseSteps = phase.steps
    progress.loss = phase.loss
  }
}
