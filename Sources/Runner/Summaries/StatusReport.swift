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
    /// The task that waits or runs for it, as Slurm writes it: `12_3`.
    public let task: String?
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
      _ run: StudyReader.Run, label: ResultLabel, survey: SlurmSurvey?, secondsLeft: Double?
    ) {
      name = run.name
      self.label = label
      steps = run.totalSteps
      inspection = run.inspection
      let entry = survey?.live[name]
      let failure = survey?.failure(of: name, inspection.status)
      task = entry?.label
      error = entry == nil ? failure ?? inspection.status?.error : nil
      // Slurm knows better than the files whether a task on another machine is alive.
      switch entry?.state?.stand {
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
      runs.reduce(0 as Double?) { sum, run in sum.flatMap { sum in run.secondsLeft.map { sum + $0 } } }
    }
  }

  /// Name of the study.
  public let study: String
  /// Dotted keys of the settings that tell the groups apart.
  public let axes: [String]
  /// All current configurations.
  public let groups: [Group]
  /// Number of runs that no manifest asks for any more: kept, and left out of the tables.
  public let superseded: Int
  /// The processes that work in the folder: one, or several that compute shards.
  public let owners: [String]
  /// What Slurm has been given and has not finished, one line per array.
  public let arrays: [String]
  /// Why Slurm could not be asked about the arrays on record.
  public let slurmFailure: Failure?

  /// Looks at a study.
  ///
  /// - Parameter client: asked about arrays when the folder has a record of some.
  public init(_ reader: StudyReader, client: SlurmClient? = nil) {
    let folder = reader.folder
    study = reader.study
    axes = reader.axes
    var survey: SlurmSurvey?
    var slurmFailure: Failure?
    if let client, Folder.exists(folder.slurmFile) {
      do {
        survey = try SlurmSurvey([folder], output: folder.output, client: client)
      } catch {
        slurmFailure = error as? Failure ?? Failure(.internalError, "\(error)")
      }
    }
    self.slurmFailure = slurmFailure
    let arrays = survey
    let speeds = StudySpeeds(reader)
    var runs: [ResultLabel: [Run]] = [:]
    for run in reader.runs {
      let left = speeds.secondsLeft(run)
      for label in run.labels {
        runs[label, default: []].append(
          Run(run, label: label, survey: arrays, secondsLeft: left))
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
    self.arrays = survey?.descriptions ?? []
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
    let work = groups.reduce(0 as Double?) { sum, group in
      sum.flatMap { sum in group.secondsLeft.map { sum + $0 } }
    }
    return work.map { $0 / Double(max(1, runningCount)) }
  }
}

extension ResultLabel {
  /// Variant with the values of settings, for people: `main mask.beta=0.0001`.
  public func text(axes: [String]) -> String {
    ([variant] + zip(axes, values).filter { !$1.isEmpty }.map { "\($0)=\($1)" })
      .joined(separator: " ")
  }
}
