import Store

/// What a ``BatchSystem`` has been given of some studies, and how that stands.
public struct BatchWork: Sendable {
  /// The name of the executor.
  public let executor: String
  /// What messages call the system.
  public let words: BatchWords
  /// The runs that are on record, each with its latest task.
  public let tasks: [RunName: BatchTask]
  /// The runs that wait or run.
  public let live: [RunName: BatchTask]
  /// Why the system could not be asked.
  public let silence: Failure?
  /// The tasks that run, of which the run says itself that it has ended: it does so before the task
  /// leaves.
  private let leaving: Set<RunName>

  init(_ tasks: [BatchTask] = [], of system: any BatchSystem, silence: Failure? = nil) {
    executor = system.name
    words = system.words
    self.silence = silence
    let latest = Dictionary(tasks.map { ($0.run, $0) }) { $1 }
    let leaving = Set(
      latest.values.filter { task in
        task.state?.stand == .running && task.ownStatus().map(Self.hasEnded) ?? false
      }.map(\.run))
    self.tasks = latest
    self.leaving = leaving
    live = latest.filter { run, task in
      !leaving.contains(run) && task.state.map { $0.stand != .ended } ?? false
    }
  }

  private static func hasEnded(_ status: RunStatus) -> Bool {
    [.complete, .failed, .diverged].contains(status.state)
  }

  /// The jobs with tasks that wait or run, in the order of submission.
  public var liveJobs: [String] {
    Set(live.values.map(\.job)).sorted { $0.count == $1.count ? $0 < $1 : $0.count < $1.count }
  }

  /// One line on every job with tasks that wait or run: `array 12: 2 running, 3 pending`.
  public var descriptions: [String] {
    liveJobs.map { job in
      let states = live.values.filter { $0.job == job }.compactMap(\.state)
      let running = states.count { $0.stand == .running }
      var parts = running > 0 ? ["\(running) running"] : []
      let waiting = states.filter { $0.stand == .pending }
      if !waiting.isEmpty {
        let reasons = Set(waiting.map(\.reason)).subtracting([""]).sorted()
        let why = reasons.map { Failure.printable($0) }.joined(separator: ", ")
        parts.append("\(waiting.count) pending" + (why.isEmpty ? "" : " (\(why))"))
      }
      return "\(words.job) \(job): \(parts.joined(separator: ", "))"
    }
  }

  /// How a run ended whose task is gone, when it does not say so itself.
  ///
  /// - Parameter status: what the folder of the run says.
  func failure(of run: RunName, _ status: RunStatus?) -> Failure? {
    guard let task = tasks[run], live[run] == nil, !leaving.contains(run), !task.isCancelled
    else { return nil }
    let own = status.flatMap { task.isOwn($0) ? $0 : nil }
    if let own, Self.hasEnded(own) { return nil }
    return BatchTaskEnd(task, words: words).failure(own)
  }
}
