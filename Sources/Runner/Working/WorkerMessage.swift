import Store

/// What a worker tells its parent: one line of JSON each on its standard output.
public enum WorkerMessage: Sendable, Equatable {
  /// The run has advanced.
  case progress(RunProgress)
  /// The state was saved.
  case checkpoint(phase: String?, step: Int)
  /// Another run computes what this one needs.
  case waiting(phase: String)
  /// Something the user should know.
  case warning(String)
  /// The run has ended; the last message.
  case finished(RunOutcome)

  /// The message as JSON.
  public var json: JSONValue {
    switch self {
    case .progress(let progress):
      var members: [String: JSONValue] = [
        "message": "progress", "phase": .string(progress.phase),
        "phase_step": .integer(progress.phaseStep), "phase_steps": .integer(progress.phaseSteps),
        "step": .integer(progress.step), "steps": .integer(progress.steps),
        "steps_done": .object(progress.stepsDone.mapValues { .integer($0) }),
        "step_seconds": .object(progress.stepSeconds.mapValues { .number($0) }),
      ]
      members["loss"] = progress.loss.map { .number($0) }
      members["steps_per_second"] = progress.stepsPerSecond.map { .number($0) }
      return .object(members)
    case .checkpoint(let phase, let step):
      return [
        "message": "checkpoint", "phase": phase.map { .string($0) } ?? .null,
        "step": .integer(step),
      ]
    case .waiting(let phase): return ["message": "waiting", "phase": .string(phase)]
    case .warning(let text): return ["message": "warning", "text": .string(text)]
    case .finished(let outcome):
      return [
        "message": "finished", "status": .string(outcome.state.rawValue),
        "seconds": .number(outcome.seconds),
        "error": outcome.error.map(\.json) ?? .null,
      ]
    }
  }

  /// Reads a line; nil when it is not a message, such as text that an experiment has printed.
  public init?(line: String) {
    guard line.utf8.first == UInt8(ascii: "{"),
      let json = try? JSONValue.parse(line, file: "worker")
    else { return nil }
    switch json["message"]?.stringValue {
    case "progress":
      var progress = RunProgress()
      progress.phase = json["phase"]?.stringValue ?? ""
      progress.phaseStep = json["phase_step"]?.integerValue ?? 0
      progress.phaseSteps = json["phase_steps"]?.integerValue ?? 0
      progress.step = json["step"]?.integerValue ?? 0
      progress.steps = json["steps"]?.integerValue ?? 0
      progress.loss = json["loss"]?.numberValue
      progress.stepsPerSecond = json["steps_per_second"]?.numberValue
      progress.stepsDone = (json["steps_done"]?.objectValue ?? [:])
        .compactMapValues(\.integerValue)
      progress.stepSeconds = (json["step_seconds"]?.objectValue ?? [:])
        .compactMapValues(\.numberValue)
      self = .progress(progress)
    case "checkpoint":
      self = .checkpoint(
        phase: json["phase"]?.stringValue, step: json["step"]?.integerValue ?? 0)
    case "waiting": self = .waiting(phase: json["phase"]?.stringValue ?? "")
    case "warning": self = .warning(json["text"]?.stringValue ?? "")
    case "finished":
      guard let state = json["status"]?.stringValue.flatMap(RunStatus.State.init(rawValue:)) else {
        return nil
      }
      self = .finished(
        RunOutcome(
          state, error: json["error"].flatMap(Failure.init(json:)),
          seconds: json["seconds"]?.numberValue ?? 0))
    default: return nil
    }
  }
}
