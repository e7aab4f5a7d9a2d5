import ExperimentKit
import Store

/// The state of all runs of an experiment, also while another process computes them.
public struct StatusReport: Sendable {
  /// One run.
  public struct Run: Sendable {
    /// The run.
    public let name: RunName
    /// Name of the profile.
    public let profile: String
    /// Swept settings.
    public let axes: [RunIdentity.Axis]
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

    /// Seconds until the end at the speed so far; nil when it does not run or that is unknown.
    public var secondsLeft: Double? {
      guard state == "running", let rate = inspection.status?.stepsPerSecond else { return nil }
      return Double(max(0, steps - step)) / rate
    }

    init(
      name: RunName, configuration: StudyRecord.Configuration, inspection: RunInspection,
      survey: SlurmSurvey?
    ) {
      self.name = name
      profile = configuration.profile
      axes = configuration.axes
      steps = configuration.totalSteps
      self.inspection = inspection
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

    /// Steps that all runs together still have to do, failed and diverged ones excluded.
    public var stepsLeft: Int {
      runs.reduce(0) { sum, run in
        ["complete", "failed", "diverged"].contains(run.state)
          ? sum : sum + max(0, run.steps - run.step)
      }
    }
  }

  /// Name of the experiment.
  public let study: String
  /// All current configurations.
  public let groups: [Group]
  /// Number of run folders of configurations that are no longer current.
  public let stale: Int
  /// The processes that work in the folder: one, or several that compute shards.
  public let owners: [String]
  /// What Slurm has been given and has not finished, one line per array.
  public let arrays: [String]
  /// Why Slurm could not be asked about the arrays on record.
  public let slurmFailure: Failure?

  /// Looks at a folder.
  ///
  /// - Parameter client: asked about arrays when the folder has a record of some.
  /// - Throws: ``Failure`` when `sweep.json` is missing or damaged.
  public init(_ folder: StudyFolder, client: SlurmClient? = nil) throws {
    guard let record = try StudyRecord.read(folder) else {
      throw Failure(
        .inputOutput, "no results in \(Failure.quote(folder.path))", why: "it has no sweep.json")
    }
    study = record.study
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
    groups = record.configurations.map { configuration in
      Group(
        label: ([configuration.variant] + configuration.axes.map { "\($0.key)=\($0.value)" })
          .joined(separator: " "),
        profile: configuration.profile,
        runs: configuration.seeds.map { seed in
          let name = record.name(configuration, seed: seed)
          return Run(
            name: name, configuration: configuration,
            inspection: RunInspection.of(folder.run(name)), survey: arrays)
        })
    }
    let current = Set(record.runs)
    stale = folder.existingRuns().filter { !current.contains($0) }.count
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
    var seconds = 0.0
    for group in groups where group.stepsLeft > 0 {
      guard let rate = group.stepsPerSecond else { return nil }
      seconds += Double(group.stepsLeft) / rate
    }
    return seconds / Double(max(1, runningCount))
  }
}
