import Store

/// An executor that is given runs as tasks of jobs, which go on when the command has ended.
///
/// What it is given stands on record in the folders of the studies, so that the next command, and
/// `modlab status`, find it again. How tasks are followed, what is written down when one ends
/// without a word, and what two Ctrl-C do is the same for all of them.
public protocol BatchSystem: Executor {
  /// What messages call it and its parts.
  var words: BatchWords { get }

  /// The file in the folder of a study that exists as long as tasks are on record.
  func recordFile(_ study: StudyFolder) -> String

  /// The tasks that are on record for some studies, each with what the system says about it.
  ///
  /// Nothing is written, and the system is asked only when there is something on record. When a run
  /// was given away several times, the latest task counts. What never reached the system is left
  /// out.
  ///
  /// - Parameter patience: seconds that something whose sender was killed while he submitted it has
  ///   to appear in the queue.
  /// - Throws: ``Failure`` when a record is damaged or the system cannot be asked.
  func survey(
    _ studies: [StudyFolder], output: OutputFolder, patience: Double
  ) throws -> [BatchTask]

  /// What the system says about tasks of one job by now; those that it has forgotten are missing.
  ///
  /// - Throws: ``Failure`` when it cannot be asked.
  func states(of tasks: [BatchTask]) throws -> [RunName: BatchTask.State]

  /// Takes everything off the records but the jobs of some tasks.
  ///
  /// - Throws: ``Failure`` (input/output) when a record cannot be written.
  func forget(allBut tasks: [BatchTask], of studies: [StudyFolder], output: OutputFolder) throws

  /// Submits runs, at least one, which are on record before the system hears of them.
  ///
  /// - Returns: a task for each run.
  /// - Throws: ``Failure`` when the system refuses or cannot be reached; jobs that were submitted
  ///   before go on.
  func submit(
    _ runs: [PlannedRun], _ request: ExecutionRequest, reporter: any ProgressReporter
  ) throws -> [BatchTask]

  /// Ends tasks, which save their state first, and puts on record that it was modlab's doing.
  ///
  /// - Throws: ``Failure`` (input/output).
  func cancel(_ tasks: [BatchTask], output: OutputFolder) throws

  /// The runs that are on record, whatever has become of their tasks.
  ///
  /// - Throws: ``Failure`` when the record is damaged.
  func recordedRuns(_ study: StudyFolder) throws -> [RunName]

  /// Folders of jobs of which nothing is on record any more.
  ///
  /// - Throws: ``Failure`` when a record is damaged.
  func leftovers(_ studies: [StudyFolder], output: OutputFolder) throws -> [String]

  /// A verb for the tasks themselves; nil when they start `modlab worker`.
  var taskVerb: TaskVerb? { get }
}

/// What messages call a batch system and its parts.
public struct BatchWords: Sendable, Equatable {
  /// The system: `Slurm`.
  public let title: String
  /// What is submitted at a time: `array`.
  public let job: String
  /// The command that shows what waits and runs.
  public let queueCommand: String
  /// The command that ends jobs, their numbers behind it.
  public let cancelCommand: String

  /// Creates the words.
  public init(title: String, job: String, queueCommand: String, cancelCommand: String) {
    self.title = title
    self.job = job
    self.queueCommand = queueCommand
    self.cancelCommand = cancelCommand
  }

  /// A job with its article: `an array`.
  public var aJob: String { (job.first.map("aeiou".contains) ?? false ? "an " : "a ") + job }
}

/// A hidden verb of the command line with which a task computes its run.
public struct TaskVerb: Sendable {
  /// The verb.
  public let name: String
  /// One line on the verb.
  public let summary: String
  /// The name of its operand, in capitals.
  public let operand: String
  /// One line on the operand.
  public let operandSummary: String
  /// Computes the run; gets the operand, the environment and what takes lines for the output.
  public let perform:
    @Sendable (
      _ operand: String, _ environment: [String: String], _ write: @escaping (String) -> Void
    ) throws -> ExitCode
}

extension BatchSystem {
  /// None.
  public var taskVerb: TaskVerb? { nil }

  /// Puts on record how the runs ended whose tasks are gone, and forgets jobs that are over.
  ///
  /// - Returns: what is left.
  /// - Throws: ``Failure`` (input/output) when something cannot be written.
  func settle(_ studies: [StudyFolder], output: OutputFolder) throws -> BatchWork {
    let work = BatchWork(try survey(studies, output: output, patience: 5), of: self)
    for task in work.tasks.values where work.live[task.run] == nil {
      _ = try BatchTaskEnd(task, words: words).file()
    }
    let live = Array(work.live.values)
    try forget(allBut: live, of: studies, output: output)
    return BatchWork(live, of: self)
  }

  /// How many runs are submitted, and how many were so before.
  public func headline(_ plan: Plan, _ request: ExecutionRequest) -> String? {
    let live = request.work?.live ?? [:]
    let names = Set(plan.runs.map(\.name))
    let followed = live.keys.count { names.contains($0) }
    let missing = plan.executedRuns.count { live[$0.name] == nil }
    var parts = ["\(missing) \(missing == 1 ? "run" : "runs") to submit"]
    if followed > 0 {
      let jobs = request.work?.liveJobs ?? []
      parts.append("\(followed) with \(words.job) \(jobs.joined(separator: ", ")) already")
    }
    parts.append("\(plan.runs.count { $0.reason == .done }) done")
    let others = live.count - followed
    if others > 0 {
      parts.append("\(others) that this command does not ask for continue without being monitored")
    }
    return "\(words.title): " + parts.joined(separator: ", ")
  }

  /// Submits what no task computes, and follows until everything has ended.
  public func compute(
    _ plan: Plan, _ request: ExecutionRequest, reporter: any ProgressReporter
  ) throws -> ExecutionResult {
    var tasks = request.work?.live ?? [:]
    let missing = plan.executedRuns.filter { tasks[$0.name] == nil }
    if !missing.isEmpty {
      for task in try submit(missing, request, reporter: reporter) { tasks[task.run] = task }
    }
    let result = BatchFollower(
      plan, tasks, system: self, output: request.output,
      options: BatchFollowerOptions(isFailFast: request.isFailFast), reporter: reporter
    ).run()
    // What cannot be settled now, since tasks are just leaving or the system is silent, is settled
    // by the next command.
    _ = try? settle(request.studies, output: request.output)
    return result
  }
}
