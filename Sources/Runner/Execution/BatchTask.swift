import Store

/// A run that was given to a ``BatchSystem``.
public struct BatchTask: Sendable, Equatable {
  /// Where a task stands.
  public enum Stand: Sendable {
    /// It waits, for the first time or after the system has put it back.
    case pending
    /// It runs, or is about to leave.
    case running
    /// It is gone.
    case ended
  }

  /// What the system says about a task.
  public struct State: Sendable, Equatable {
    /// Where the task stands.
    public var stand: Stand
    /// Why it waits, in the words of the system; empty when there is no reason.
    public var reason: String
    /// Whether it waits for something other than its turn.
    public var isHindered: Bool
    /// How it ended.
    public var end: End?

    /// Creates a state.
    public init(_ stand: Stand, reason: String = "", isHindered: Bool = false, end: End? = nil) {
      self.stand = stand
      self.reason = reason
      self.isHindered = isHindered
      self.end = end
    }
  }

  /// How a task ended.
  public struct End: Sendable, Equatable {
    /// What ended it, to be read after the task: `reached its time limit`.
    public var text: String
    /// What the user can do about it.
    public var help: String
    /// Whether it ended by itself, so that its last words may say why.
    public var isOfItself: Bool

    /// Creates an end.
    public init(_ text: String, help: String, isOfItself: Bool) {
      self.text = text
      self.help = help
      self.isOfItself = isOfItself
    }
  }

  /// The run.
  public let run: RunName
  /// The folder of the run.
  public let folder: RunFolder
  /// The job, as the commands of the system name it.
  public let job: String
  /// A name of the job that no other has, given by modlab.
  public let jobName: String
  /// Position of the task in its job, from 0.
  public let index: Int
  /// The task, as the commands of the system name it.
  public let label: String
  /// How often the run had been started before; tells what the task itself has written.
  public let attempts: Int
  /// Seconds that the run had taken before.
  public let seconds: Double
  /// What the task writes to its standard output and error.
  public let outputFile: String
  /// Whether modlab itself has cancelled the task, so that its run has not failed.
  public var isCancelled: Bool
  /// What the system says; nil when it does not know the task any more.
  public var state: State?

  /// Creates a task.
  public init(
    run: RunName, folder: RunFolder, job: String, jobName: String, index: Int, label: String,
    attempts: Int, seconds: Double, outputFile: String, isCancelled: Bool = false, state: State?
  ) {
    self.run = run
    self.folder = folder
    self.job = job
    self.jobName = jobName
    self.index = index
    self.label = label
    self.attempts = attempts
    self.seconds = seconds
    self.outputFile = outputFile
    self.isCancelled = isCancelled
    self.state = state
  }

  /// The status of the run when the task has written it, not an earlier attempt.
  func ownStatus() -> RunStatus? {
    guard let status = try? RunStatus.read(folder.statusFile) else { return nil }
    return isOwn(status) ? status : nil
  }

  /// Whether a status of the run was written by the task.
  func isOwn(_ status: RunStatus) -> Bool { status.attempts > attempts }
}
