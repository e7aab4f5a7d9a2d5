import Store

/// Events as lines of text.
enum EventText {
  /// The line for an event, nil for events that are too frequent for lines.
  ///
  /// - Parameter isVerbose: whether checkpoints have lines.
  static func line(
    _ event: SchedulerEvent, isVerbose: Bool = false, logFile: (RunName) -> String
  ) -> String? {
    switch event {
    case .started(let run): "started \(run)"
    case .progress: nil
    case .checkpoint(let run, let phase, let step):
      isVerbose
        ? "saved \(run) at step \(step)" + (phase.map { " of the phase '\($0)'" } ?? "") : nil
    case .waiting(let run, let phase):
      "\(run) waits for another run that computes the phase '\(phase)'"
    case .warning(let run, let text): "warning: \(run): \(text)"
    case .finished(let run, let outcome): finished(run, outcome, logFile: logFile)
    case .stopping(let signal):
      signal.map { "\(SignalName.of($0)): saving and stopping" }
        ?? "a run failed: saving and stopping the others"
    case .submitted(let job, let words, let runs):
      "submitted \(words.job) \(job) with \(runs) \(runs == 1 ? "run" : "runs")"
    case .leaving(_, let jobs, let words, let seconds): leaving(jobs, words, seconds)
    }
  }

  private static func leaving(_ jobs: [String], _ words: BatchWords, _ seconds: Double) -> String {
    let name = words.job + (jobs.count == 1 ? " " : "s ") + jobs.joined(separator: ", ")
    var text = "detached from \(name), which \(jobs.count == 1 ? "continues" : "continue"); "
    text +=
      "the same command attaches again, '\(words.cancelCommand) \(jobs.joined(separator: " "))' ends it"
    if seconds > 0 { text += "; Ctrl-C within \(DurationText.of(seconds)) cancels it now" }
    return text
  }

  private static func finished(
    _ run: RunName, _ outcome: RunOutcome, logFile: (RunName) -> String
  ) -> String {
    let time = "after \(DurationText.of(outcome.seconds))"
    switch outcome.state {
    case .complete: return "complete \(run) \(time)"
    case .interrupted where outcome.error == nil: return "stopped \(run) \(time)"
    case .interrupted, .running, .failed, .diverged:
      var error = outcome.error.map { ": \($0)" } ?? ""
      // "diverged … : diverged in phase …" would say it twice.
      let prefix = ": \(outcome.state.rawValue) "
      if error.hasPrefix(prefix) { error = ": " + error.dropFirst(prefix.count) }
      return "\(outcome.state.rawValue) \(run) \(time)\(error)\n  log: \(logFile(run))"
    }
  }

  /// Whether an event must be shown even with `--quiet`.
  static func isTrouble(_ event: SchedulerEvent) -> Bool {
    guard case .finished(_, let outcome) = event else { return false }
    return outcome.error != nil && outcome.state != .complete
  }
}
