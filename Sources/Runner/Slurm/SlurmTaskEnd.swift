import Store

/// What is written down about a run whose task is gone without having said how the run went.
struct SlurmTaskEnd {
  let folder: RunFolder
  /// The task as Slurm writes it: `12_3`.
  let label: String
  /// What Slurm says; nil when it has forgotten the task.
  let state: SlurmTaskState?
  /// How often the run had been started, and for how many seconds, before the task.
  let before: (attempts: Int, seconds: Double)
  /// Whether modlab itself has cancelled the task.
  let isCancelled: Bool
  /// The output of the task.
  let outputFile: String

  /// Brings the status of the run up to date.
  ///
  /// - Returns: the outcome; nil when a process still works in the folder of the run.
  /// - Throws: ``Failure`` (input/output) when the folder cannot be written.
  func file() throws -> RunOutcome? {
    // One that was cancelled before it began leaves no trace.
    if isCancelled, !Folder.exists(folder.path) { return RunOutcome(.interrupted) }
    try Folder.create(at: folder.path)
    // Whoever holds the lock will write the status itself.
    guard let lock = try FileLock.tryAcquire(folder.lockFile) else { return nil }
    defer { lock.release() }
    let old = try? RunStatus.read(folder.statusFile)
    let isOwn = (old?.attempts ?? 0) > before.attempts
    let seconds = isOwn ? max(0, (old?.seconds ?? 0) - before.seconds) : 0
    if let old, isOwn, [.complete, .failed, .diverged].contains(old.state) {
      return RunOutcome(old.state, error: old.error, seconds: seconds)
    }
    if isCancelled {
      if var status = old, isOwn, status.state == .running {
        status.state = .interrupted
        status.updated = Timestamp.now()
        try status.write(to: folder.statusFile)
      }
      return RunOutcome(.interrupted, seconds: seconds)
    }
    let failure = failure(isOwn ? old : nil)
    let log = try RunLog(folder.logFile)
    try log.write("failed: \(failure)")
    var status = old ?? RunStatus(.failed)
    status.state = .failed
    status.error = failure
    status.attempts = max(before.attempts + 1, status.attempts)
    status.logTail = RunLog.tail(of: folder.logFile)
    status.digests = [:]
    status.updated = Timestamp.now()
    try status.write(to: folder.statusFile)
    return RunOutcome(.failed, error: failure, seconds: seconds)
  }

  /// - Parameter status: what the task has written.
  func failure(_ status: RunStatus?) -> Failure {
    var why: [String] = []
    switch status?.state {
    case nil where state == nil:
      why.append("it was cancelled while it waited, or has left the queue long ago")
    case nil: why.append("the run had not begun")
    case .interrupted?:
      why.append("it was asked to end and has saved its state at step \(status?.step ?? 0)")
    default: why.append("the run was at step \(status?.step ?? 0) when it last wrote its status")
    }
    if state.map({ ["FAILED", "COMPLETED"].contains($0.word) }) ?? true {
      // It ended by itself: its last words may say why, such as a library that is missing there.
      why += RunLog.tail(of: outputFile).suffix(3).map { Failure.printable($0, limit: 300) }
    }
    let retry = "'modlab run' with --retry failed resumes the run from its last checkpoint"
    return Failure(
      .runFailed,
      state.map { "Slurm task \(label) \($0.end)" } ?? "Slurm no longer knows task \(label)",
      why: why.joined(separator: "\n"), help: state?.help ?? retry)
  }
}
