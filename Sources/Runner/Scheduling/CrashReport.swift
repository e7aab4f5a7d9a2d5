import Store

/// What is written down about a worker that ended without telling how its run went.
struct CrashReport {
  let run: RunName
  let folder: RunFolder
  let termination: Termination
  let errorLines: [String]
  /// The message with which the worker stopped itself.
  let fatalError: String?
  let seconds: Double
  /// Whether the worker had been asked to stop, so that its end is no surprise.
  let wasStopped: Bool

  /// How often in a row a run may be killed from outside and still be taken up again by itself.
  static let forgivenKills = 1

  /// Writes log and status of the run.
  ///
  /// - Returns: the outcome: interrupted when the worker was stopped or is to be tried once more,
  ///   else failed.
  func file() -> RunOutcome {
    // A worker may die before it has made its folder. One that cannot be written to is reported by
    // the outcome anyway.
    try? Folder.create(at: folder.path)
    // Whoever holds the lock will write the status itself.
    let lock = try? FileLock.tryAcquire(folder.lockFile)
    defer { lock?.release() }
    var status = (try? RunStatus.read(folder.statusFile)) ?? RunStatus(.failed)
    if isKilled { status.kills += 1 }
    let outcome = outcome(kills: status.kills)
    guard lock != nil else { return outcome }
    if let log = try? RunLog(folder.logFile) {
      if let fatalError, !errorLines.contains(fatalError) { try? log.write(fatalError) }
      for line in errorLines { try? log.write(line) }
      try? log.write("\(outcome.state.rawValue): \(cause)")
    }
    status.state = outcome.state
    status.error = outcome.error
    status.attempts = max(1, status.attempts)
    status.logTail = wasStopped ? [] : RunLog.tail(of: folder.logFile)
    status.digests = [:]
    status.updated = Timestamp.now()
    try? status.write(to: folder.statusFile)
    return outcome
  }

  private func outcome(kills: Int) -> RunOutcome {
    if wasStopped { return RunOutcome(.interrupted, seconds: seconds) }
    guard isKilled, kills <= Self.forgivenKills else {
      return RunOutcome(.failed, error: failure, seconds: seconds)
    }
    var failure = failure
    failure.help = "the run resumes from its checkpoint; if it is killed again, it has failed"
    return RunOutcome(.interrupted, error: failure, seconds: seconds)
  }

  /// Whether a signal that modlab has not sent has ended the worker.
  private var isKilled: Bool {
    guard case .signalled(let number) = termination else { return false }
    return !wasStopped && SignalName.isForeign(number)
  }

  private var cause: String {
    switch termination {
    case .exited(let code): "the worker exited with status \(code)"
    case .signalled(let number): "the worker was terminated by \(SignalName.of(number))"
    }
  }

  private var failure: Failure {
    var why: String?
    if case .signalled(let number) = termination { why = SignalName.explanation(of: number) }
    if let message = fatalError ?? errorLines.last {
      why = [why, message].compactMap(\.self).joined(separator: "\n")
    }
    return Failure(
      .runFailed, cause, why: why,
      help: "see the log; 'modlab run' with --retry failed resumes the run")
  }
}
