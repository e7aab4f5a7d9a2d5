import Store

/// The commands of Slurm, as they are on the `PATH` of an environment.
///
/// Only the queue is asked (`squeue`), never the accounting database, which many clusters do not
/// have.
struct SlurmClient: Sendable {
  private let environment: [String: String]

  /// Creates a client that finds the commands through the `PATH` of an environment.
  init(environment: [String: String]) {
    // Formats given by the environment would change what the commands write.
    self.environment = environment.filter {
      !["SQUEUE_FORMAT", "SQUEUE_FORMAT2", "SQUEUE_STATES", "SQUEUE_SORT"].contains($0.key)
    }
  }

  // MARK: - Submitting

  /// Submits a job.
  ///
  /// - Returns: the number of the job, and what `sbatch` had to say.
  /// - Throws: ``Failure``: usage when Slurm refuses the job, input/output when it cannot be
  ///   reached.
  func submit(_ arguments: [String]) throws -> (job: String, messages: [String]) {
    let outcome = try run("sbatch", ["--parsable"] + arguments)
    // "123", or "123;cluster" where there are several clusters.
    let line = outcome.output.split(separator: "\n").last ?? ""
    let job = line.prefix { $0.isASCII && $0.isNumber }
    guard outcome.status == 0, !job.isEmpty else { throw refusal("sbatch", outcome) }
    return (String(job), Self.lines(outcome.error))
  }

  /// The largest number of tasks that one array can have.
  func maximumArraySize() throws -> Int {
    let outcome = try run("scontrol", ["show", "config"])
    guard outcome.status == 0 else { throw refusal("scontrol", outcome) }
    for line in outcome.output.split(separator: "\n") {
      let parts = line.split(separator: "=").map { $0.filter { $0 != " " } }
      if parts.count == 2, parts[0] == "MaxArraySize", let size = Int(parts[1]) { return size }
    }
    return Self.usualArraySize
  }

  /// Slurm's own default.
  static let usualArraySize = 1001

  // MARK: - Following

  /// The states of the tasks of an array by index; tasks that Slurm has forgotten are missing.
  ///
  /// - Parameter name: the job must have this name: numbers begin anew when a cluster is set up
  ///   anew.
  /// - Throws: ``Failure`` (input/output) when Slurm cannot be reached.
  func tasks(ofJob job: String, named name: String) throws -> [Int: SlurmTaskState] {
    let outcome = try run("squeue", Self.queueArguments + ["--jobs=\(job)"])
    guard outcome.status == 0 else {
      // A job that has left the queue some minutes ago is an error to squeue.
      if outcome.error.contains("Invalid job id") { return [:] }
      throw refusal("squeue", outcome)
    }
    return QueueLine.parse(outcome.output).reduce(into: [:]) { tasks, line in
      if line.name == name, line.job == job, let index = line.index { tasks[index] = line.state }
    }
  }

  /// The number of the job with a name, nil when there is none in the queue.
  func job(named name: String) throws -> String? {
    let outcome = try run("squeue", Self.queueArguments + ["--name=\(name)"])
    guard outcome.status == 0 else { throw refusal("squeue", outcome) }
    return QueueLine.parse(outcome.output).first { $0.name == name }?.job
  }

  private static let queueArguments = [
    "--noheader", "--array", "--states=all", "--format=%F|%K|%T|%r|%j",
  ]

  /// Ends jobs or single tasks (`12_3`).
  ///
  /// - Throws: ``Failure`` (input/output) when Slurm cannot be reached. That something has ended
  ///   already is no error.
  func cancel(_ identifiers: [String]) throws {
    // Command lines have a limit.
    for start in stride(from: 0, to: identifiers.count, by: 500) {
      let part = Array(identifiers[start..<min(start + 500, identifiers.count)])
      let outcome = try run("scancel", part)
      let isGone = outcome.error.contains("Invalid job id") || outcome.error.contains("already")
      if outcome.status != 0, !isGone { throw refusal("scancel", outcome) }
    }
  }

  // MARK: - Commands

  private func run(_ name: String, _ arguments: [String]) throws -> ExternalCommand.Outcome {
    try ExternalCommand(
      name: name, arguments: arguments, environment: environment,
      need: "the executor 'slurm' needs the commands of Slurm",
      missingHelp: "use a machine where jobs are submitted, or leave --executor out",
      lateHelp: "ask whether Slurm is well: 'scontrol ping'"
    ).run()
  }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { Failure.printable(String($0), limit: 400) }
  }

  /// What a command that failed has said, as one error.
  private func refusal(_ name: String, _ outcome: ExternalCommand.Outcome) -> Failure {
    let lines = Self.lines(outcome.error).map { line in
      ["\(name): error: ", "\(name): fatal: ", "\(name): "].first(where: line.hasPrefix)
        .map { String(line.dropFirst($0.count)) } ?? line
    }
    let why =
      lines.isEmpty ? "it ended with status \(outcome.status)" : lines.joined(separator: "\n")
    let isUnreachable = [
      "Unable to contact", "Socket timed out", "Connection refused", "configuration source",
      "Zero Bytes were transmitted", "authentication", "Resource temporarily unavailable",
    ].contains(where: why.contains)
    if isUnreachable {
      return Failure(
        .inputOutput, "Slurm cannot be reached ('\(name)' failed)", why: why,
        help: "ask whether it is well: 'scontrol ping'; the same command tries again")
    }
    return Failure(
      name == "sbatch" ? .usage : .inputOutput,
      name == "sbatch" ? "Slurm refuses the job" : "'\(name)' failed", why: why,
      help: name == "sbatch" ? "change what is given with --slurm; see 'man sbatch'" : nil)
  }
}

/// One line of `squeue --format=%F|%K|%T|%r|%j`.
private struct QueueLine {
  let job: String
  let index: Int?
  let state: SlurmTaskState
  let name: String

  static func parse(_ text: String) -> [QueueLine] {
    text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: "|", maxSplits: 4, omittingEmptySubsequences: false)
        .map(String.init)
      guard parts.count == 5, !parts[0].isEmpty else { return nil }
      return QueueLine(
        job: parts[0], index: Int(parts[1]),
        state: SlurmTaskState(parts[2], reason: parts[3]), name: parts[4])
    }
  }
}
