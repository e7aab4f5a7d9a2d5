import Foundation
import Store

/// What is known about the arrays of some experiments: from their records and from Slurm's queue.
public struct SlurmSurvey: Sendable {
  /// A run that was given to Slurm.
  public struct Entry: Sendable {
    /// The submission, with its number.
    public let submission: SlurmRecord.Submission
    /// The task.
    public var task: SlurmRecord.Task
    /// What Slurm says; nil when it does not know the task any more.
    public var state: SlurmTaskState?
    /// Whether the run says itself that it has ended, which it does before the task leaves.
    var isOver = false

    /// The task as Slurm writes it: `12_3`.
    public var label: String { "\(submission.job ?? "?")_\(task.index)" }
    /// Whether the task waits or runs.
    public var isLive: Bool { !isOver && state.map { $0.stand != .ended } ?? false }
  }

  /// The runs that were given to Slurm, each with its latest submission.
  public private(set) var entries: [RunName: Entry] = [:]
  private let output: OutputFolder
  private var records: [(folder: StudyFolder, record: SlurmRecord)] = []

  /// Looks at the records of some experiments and asks Slurm about them.
  ///
  /// A submission that never reached Slurm is left out.
  ///
  /// - Parameters:
  ///   - folders: The experiments.
  ///   - client: Asked only when there is something to ask about.
  ///   - patience: Seconds that a submission whose sender was killed has to appear in the queue.
  /// - Throws: ``Failure`` when a record is damaged or Slurm cannot be reached.
  public init(
    _ folders: [StudyFolder], output: OutputFolder, client: SlurmClient, patience: Double = 0
  ) throws {
    self.output = output
    // Experiments may share an array.
    var jobs: [String: String?] = [:]
    var states: [String: [Int: SlurmTaskState]] = [:]
    for folder in folders {
      var record = try SlurmRecord.read(folder)
      let isEmpty = record.submissions.isEmpty
      for index in record.submissions.indices {
        let submission = record.submissions[index]
        let job = try jobs[submission.name] ?? Self.job(submission, client, patience: patience)
        jobs[submission.name] = .some(job)
        record.submissions[index].job = job
        guard let job else { continue }
        if states[job] == nil {
          states[job] = try client.tasks(ofJob: job, named: submission.name)
        }
        for task in submission.tasks {
          var entry = Entry(
            submission: record.submissions[index], task: task, state: states[job]?[task.index])
          entry.isOver = entry.state?.stand == .running && Self.saysItHasEnded(task, folder)
          entries[task.run] = entry
        }
      }
      record.submissions.removeAll { $0.job == nil }
      if !isEmpty { records.append((folder, record)) }
    }
  }

  private static func saysItHasEnded(_ task: SlurmRecord.Task, _ folder: StudyFolder) -> Bool {
    guard let status = try? RunStatus.read(folder.run(task.run).statusFile) else { return false }
    return status.attempts > task.attempts
      && [.complete, .failed, .diverged].contains(status.state)
  }

  private static func job(
    _ submission: SlurmRecord.Submission, _ client: SlurmClient, patience: Double
  ) throws -> String? {
    if let job = submission.job { return job }
    // Whoever submitted was stopped in the midst of it; its sbatch may still be at work.
    let deadline = MonotonicClock.seconds() + patience
    while true {
      if let job = try client.job(named: submission.name) { return job }
      guard MonotonicClock.seconds() < deadline else { return nil }
      usleep(200_000)
    }
  }

  /// How a run ended whose task is gone, when it does not say so itself.
  func failure(of run: RunName, _ status: RunStatus?) -> Failure? {
    guard let entry = entries[run], !entry.isLive, !entry.isOver, !entry.task.isCancelled else {
      return nil
    }
    let isOwn = (status?.attempts ?? 0) > entry.task.attempts
    if isOwn, let state = status?.state, [.complete, .failed, .diverged].contains(state) {
      return nil
    }
    return SlurmTaskEnd(entry, run: run, output: output).failure(isOwn ? status : nil)
  }

  /// The runs that wait or run.
  public var live: [RunName: Entry] { entries.filter { $0.value.isLive } }
  /// The numbers of the arrays with tasks that wait or run, in the order of submission.
  public var liveJobs: [String] {
    var jobs: [String] = []
    for entry in live.values {
      if let job = entry.submission.job, !jobs.contains(job) { jobs.append(job) }
    }
    return jobs.sorted { $0.count == $1.count ? $0 < $1 : $0.count < $1.count }
  }
  /// One line on every array with tasks that wait or run: `array 12: 2 running, 3 pending`.
  var descriptions: [String] {
    liveJobs.map { job in
      let states = live.values.filter { $0.submission.job == job }.compactMap(\.state)
      let running = states.count { $0.stand == .running }
      var parts = running > 0 ? ["\(running) running"] : []
      let waiting = states.filter { $0.stand == .pending }
      if !waiting.isEmpty {
        let reasons = Set(waiting.map(\.reason)).subtracting([""]).sorted()
        let why = reasons.map { Failure.printable($0) }.joined(separator: ", ")
        parts.append("\(waiting.count) pending" + (why.isEmpty ? "" : " (\(why))"))
      }
      return "array \(job): \(parts.joined(separator: ", "))"
    }
  }

  /// The options with which the last array that is still alive was submitted.
  public var inheritedOptions: SlurmOptions {
    let latest = live.values.map(\.submission).max { $0.submitted < $1.submitted }
    return latest.map { SlurmOptions(checked: $0.arguments) } ?? .none
  }

  /// Adds arrays that were submitted just now, of which Slurm need not be asked.
  ///
  /// - Throws: ``Failure`` when a record is damaged.
  public mutating func add(submitted jobs: [String], _ folders: [StudyFolder]) throws {
    for folder in folders {
      let record = try SlurmRecord.read(folder)
      for submission in record.submissions where jobs.contains(submission.job ?? "") {
        for task in submission.tasks {
          entries[task.run] = Entry(
            submission: submission, task: task, state: SlurmTaskState("PENDING"))
        }
      }
    }
  }

  /// Puts on record how the runs ended whose tasks are gone, and forgets submissions that are over.
  ///
  /// - Throws: ``Failure`` (input/output) when something cannot be written.
  public mutating func settle() throws {
    for (run, entry) in entries where !entry.isLive {
      _ = try SlurmTaskEnd(entry, run: run, output: output).file()
    }
    let over = Set(entries.values.map(\.submission.name))
      .subtracting(live.values.map(\.submission.name))
    for index in records.indices {
      records[index].record.submissions.removeAll { submission in
        !submission.tasks.contains { entries[$0.run]?.submission.name == submission.name }
          || over.contains(submission.name)
      }
      try records[index].record.write(records[index].folder)
    }
    entries = live
    for name in over.sorted() { SlurmFolder(output, name).removeIfAllIsWell() }
  }
}

extension SlurmTaskEnd {
  init(_ entry: SlurmSurvey.Entry, run: RunName, output: OutputFolder) {
    self.init(
      folder: output.study(run.study).run(run), label: entry.label, state: entry.state,
      before: (entry.task.attempts, entry.task.seconds),
      isCancelled: entry.task.isCancelled,
      outputFile: SlurmFolder(output, entry.submission.name).outputFile(entry.task.index))
  }
}
