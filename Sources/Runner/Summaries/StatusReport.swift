import ExperimentKit
import Store

/// The state of all runs of a study, also while another process computes them.
public struct StatusReport: Sendable {
  /// One run.
  public struct Run: Sendable {
    /// The run.
    public let name: RunName
    /// How the run is shown.
    public let label: ResultLabel
    /// Steps of the run.
    public let steps: Int
    /// What its files say.
    public let inspection: RunInspection
    /// The task of a batch system that waits or runs for it.
    public let task: BatchTask?
    /// The executor that the task belongs to.
    public let executor: String?
    /// What went wrong.
    public let error: Failure?
    /// The state in one word.
    public let state: String

    /// Steps done.
    public var step: Int {
      inspection.condition == .done ? steps : inspection.status?.step ?? 0
    }

    /// Seconds of work that are left; nil when that is unknown, 0 when there is nothing to do.
    public let secondsLeft: Double?

    init(
      _ run: StudyReader.Run, label: ResultLabel, work: [BatchWork], secondsLeft: Double?
    ) {
      name = run.name
      self.label = label
      steps = run.totalSteps
      inspection = run.inspection
      let status = run.inspection.status
      let failure = work.lazy.compactMap { $0.failure(of: run.name, status) }.first
      let owner = work.first { $0.live[run.name] != nil }
      executor = owner?.executor
      task = owner?.tasks[name]
      error = task == nil ? failure ?? status?.error : nil
      // A batch system knows better than the files whether a task on another machine is alive.
      switch task?.state?.stand {
      case .pending?: state = "pending"
      case .running?: state = "running"
      case .ended?, nil: state = failure == nil ? inspection.stateText : "failed"
      }
      self.secondsLeft = ["complete", "failed", "diverged"].contains(state) ? 0 : secondsLeft
    }
  }

  /// The runs of one configuration together.
  public struct Group: Sendable {
    /// Variant with swept values, for people.
    public let label: String
    /// Name of the profile.
    public let profile: String
    /// The runs.
    public let runs: [Run]

    /// Number of runs in a state.
    public func count(_ state: String) -> Int { runs.filter { $0.state == state }.count }

    /// Steps per second of one run on average, nil before anything was measured.
    public var stepsPerSecond: Double? {
      let statuses = runs.compactMap { $0.inspection.status }
      let seconds = statuses.reduce(0) { $0 + $1.seconds }
      let steps = statuses.reduce(0) { $0 + $1.workedSteps }
      return seconds > 0 && steps > 0 ? Double(steps) / seconds : nil
    }

    /// Seconds of work that are left, failed and diverged runs excluded; nil when unknown.
    public var secondsLeft: Double? {
      TimeEstimate.secondsTogether(runs.map(\.secondsLeft), workers: 1)
    }
  }

  /// Name of the study.
  public let study: String
  /// All current configurations.
  public let groups: [Group]
  /// Number of runs that no manifest asks for any more: kept, and left out of the tables.
  public let superseded: Int
  /// The processes that work in the folder: one, or several that compute shards.
  public let owners: [String]
  /// What batch systems have been given of the study.
  public let work: [BatchWork]

  /// Looks at a study.
  ///
  /// - Parameter work: what batch systems have been given of it.
  public init(_ reader: StudyReader, work: [BatchWork] = []) {
    let folder = reader.folder
    study = reader.study
    self.work = work
    let speeds = StudySpeeds(reader)
    var runs: [ResultLabel: [Run]] = [:]
    for run in reader.runs {
      let left = speeds.secondsLeft(run)
      for label in run.labels {
        runs[label, default: []].append(Run(run, label: label, work: work, secondsLeft: left))
      }
    }
    groups = reader.groups.map { group in
      Group(
        label: group.label.text(axes: reader.axes), profile: group.label.profile,
        runs: (runs[group.label] ?? []).sorted { $0.name.seed < $1.name.seed })
    }
    let current = Set(reader.runs.map(\.name))
    superseded = folder.existingRuns().count { !current.contains($0) }
    let locks = [folder.lockFile] + folder.shardLocks().map(\.path)
    // A command that computes a shard may hold the lock of the folder as well.
    var seen: Set<[String]> = []
    owners = locks.compactMap(LockProbe.owner)
      .filter { seen.insert([$0.host, String($0.process)]).inserted }.map(\.description)
  }

  /// Number of workers that compute right now.
  public var runningCount: Int {
    count("running")
  }

  /// Number of runs in a state.
  public func count(_ state: String) -> Int { groups.reduce(0) { $0 + $1.count(state) } }

  /// Seconds until all is done with as many workers as run now (one when none runs); nil when the
  /// speed of a configuration is unknown.
  public var secondsLeft: Double? {
    TimeEstimate.secondsTogether(groups.map(\.secondsLeft), workers: 1)
      .map { $0 / Double(max(1, runningCount)) }
  }
}

extension ResultLabel {
  /// Variant with the values of settings, for people: `main mask.beta=0.0001`.
  public func text(axes: [String]) -> String {
    ([variant] + zip(axes, values).filter { !$1.isEmpty }.map { "\($0)=\($1)" })
      .joined(separator: " ")
  }
}
