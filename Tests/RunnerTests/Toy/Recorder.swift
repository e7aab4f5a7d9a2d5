@testable import Runner

/// Keeps all events.
final class Recorder: ProgressReporter {
  var events: [SchedulerEvent] = []
  var snapshots: [SweepSnapshot] = []
  var messages: [String] = []
  var ends = 0

  func report(_ event: SchedulerEvent, _ snapshot: SweepSnapshot) {
    events.append(event)
    snapshots.append(snapshot)
  }
  func tick(_ snapshot: SweepSnapshot) { snapshots.append(snapshot) }
  func message(_ text: String) { messages.append(text) }
  func end() { ends += 1 }

  var started: [RunName] {
    events.compactMap { if case .started(let run) = $0 { run } else { nil } }
  }
}
