import Store

/// What is written down about a run whose task is gone without having said how the run went.
struct BatchTaskEnd {
  private let task: BatchTask
  private let words: BatchWords

  /// - Parameter words: what the system is called.
  init(_ task: BatchTask, words: BatchWords) {
    self.task = task
    self.words = words
  }

  /// Brings the status of the run up to date.
  ///
  /// - Returns: the outcome; nil when a process still works in the folder of the run.
  /// - Throws: ``Failure`` (input/output) when the folder cannot be written.
  func file() throws -> RunOutcome? {
    let folder = task.folder
    // One that was cancelled before it began leaves no trace.
    if task.isCancelled, !Folder.exists(folder.path) { return RunOutcome(.interrupted) }
    try Folder.create(at: folder.path)
    // Whoever holds the lock will write the status itself.
    guard let lock = try FileLock.tryAcquire(folder.lockFile) else { return nil }
    defer { lock.release() }
    let old = try? RunStatus.read(folder.statusFile)
    let own = old.flatMap { task.isOwn($0) ? $0 : nil }
    let seconds = own.map { max(0, $0.seconds - task.seconds) } ?? 0
    if let own, [.complete, .failed, .diverged].contains(own.state) {
      return RunOutcome(own.state, error: own.error, seconds: seconds)
    }
    if task.isCancelled {
      if var status = own, status.state == .running {
        status.state = .interrupted
        status.updated = Timestamp.now()
        try status.write(to: folder.statusFile)
      }
      return RunOutcome(.interrupted, seconds: seconds)
    }
    let failure = failure(own)
    let log = try RunLog(folder.logFile)
    try log.write("failed: \(failure)")
    var status = old ?? RunStatus(.failed)
    status.state = .failed
    status.error = failure
    status.attempts = max(task.attempts + 1, status.attempts)
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
    case nil where task.state == nil:
      why.append("it was cancelled while it waited, or has left the queue long ago")
    case nil: why.append("the run had not begun")
    case .interrupted?:
      why.append("it was asked to end and has saved its state at step \(status?.step ?? 0)")
    default: why.append("the run was at step \(status?.step ?? 0) when it last wrote its status")
    }
    let end = task.state.map {
      $0.end
        ?? BatchTask.End(
          "ended without saying how its run went", help: Self.retry, isOfItself: true)
    }
    if end?.isOfItself ?? true {
      // Its last words may say why, such as a library that is missing there.
      why += RunLog.tail(of: task.outputFile).suffix(3).map { Failure.printable($0, limit: 300) }
    }
    return Failure(
      .runFailed,
      end.map { "\(words.title) task \(task.label) \($0.text)" }
        ?? "\(words.title) no longer knows task \(task.label)",
      why: why.joined(separator: "\n"), help: end?.help ?? Self.retry)
  }

  /// What the user can do about any end.
  static let retry = "'modlab run' with --retry failed resumes the run from its last checkpoint"
}
