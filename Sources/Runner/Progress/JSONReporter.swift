import Store

/// Tells what happens as JSON objects, for programs that follow a run.
public final class JSONReporter: ProgressReporter {
  private let write: ([String: JSONValue]) -> Void

  /// Creates a reporter that hands the members of every event to a closure.
  public init(write: @escaping ([String: JSONValue]) -> Void) { self.write = write }

  /// Shows an event.
  public func report(_ event: SchedulerEvent, _ snapshot: SweepSnapshot) {
    switch event {
    case .started(let run): write(members("start", run))
    case .progress(let run, let progress):
      var object = members("step", run)
      object["phase"] = .string(progress.phase)
      object["step"] = .integer(progress.step)
      object["steps"] = .integer(progress.steps)
      object["loss"] = progress.loss.map { .number($0) }
      object["steps_per_second"] = progress.stepsPerSecond.map { .number($0) }
      write(object)
    case .checkpoint(let run, let phase, let step):
      var object = members("checkpoint", run)
      object["phase"] = phase.map { .string($0) } ?? .null
      object["step"] = .integer(step)
      write(object)
    case .waiting(let run, let phase):
      write(members("wait", run).merging(["phase": .string(phase)]) { $1 })
    case .warning(let run, let text):
      write(members("warning", run).merging(["text": .string(text)]) { $1 })
    case .finished(let run, let outcome):
      var object = members(outcome.state == .complete ? "finish" : "fail", run)
      object["status"] = .string(outcome.state.rawValue)
      object["seconds"] = .number(outcome.seconds)
      object["error"] = outcome.error.map(\.json) ?? .null
      write(object)
    case .stopping(let signal):
      write([
        "event": "stop", "signal": signal.map { .string(SignalName.of($0)) } ?? .null,
      ])
    case .submitted(let job, _, let runs):
      write(["event": "submit", "job": .string(job), "runs": .integer(runs)])
    case .leaving(let signal, let jobs, _, _):
      write([
        "event": "leave", "signal": .string(SignalName.of(signal)),
        "jobs": .array(jobs.map { .string($0) }),
      ])
    }
  }

  /// Shows that time has passed.
  public func tick(_ snapshot: SweepSnapshot) {}
  /// Shows a text.
  public func message(_ text: String) {}
  /// Ends the display.
  public func end() {}

  private func members(_ event: String, _ run: RunName) -> [String: JSONValue] {
    [
      "event": .string(event), "study": .string(run.study),
      "variant": .string(run.variant), "hash": .string(run.hash), "seed": .integer(run.seed),
    ]
  }
}
