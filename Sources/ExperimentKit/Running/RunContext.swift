import Foundation
import Store
import Tensors

/// What an experiment sees of the world: its seed, random streams, data files, tables to record in,
/// and steps — training loops and evaluations — that are checkpointed, resumable and stoppable.
///
/// Used by one thread, except by the bodies of phases that ``loops(_:)`` runs at the same time; see
/// ``IndependentPhase`` for what these may use.
///
/// An interrupted run is resumed by executing the experiment again from its start with the same
/// folder. Phases and evaluations that are finished give back their results at once, the phase under
/// way continues at the step of its checkpoint, an evaluation under way is done again, and rows that
/// are recorded again replace themselves.
public final class RunContext {
  /// Seed of the run.
  public let seed: Int
  /// Name of the profile.
  public let profile: String
  /// What is computed; nil in tests that need no files.
  public let identity: RunIdentity?
  /// Folder of the run, nil when nothing is to be stored.
  public let folder: String?
  /// Folder that all runs share for outcomes of pre-training, nil for none.
  public let cacheFolder: String?
  /// Folder of the results of all studies, nil for none.
  let resultsFolder: String?
  /// Names what influences the last bits of results: BLAS kernels and processor level.
  public let environment: String

  /// How many independent phases are computed at the same time.
  public let threads: Int

  /// The randomness of the run, from its seed.
  public let random: RandomSource

  let options: RunOptions
  let totalSteps: Int
  let events: (RunEvent) -> Void
  let shouldStop: () -> Bool
  /// What may be recorded and saved; nil for everything.
  let kind: (any Kind)?
  /// Folder of the data sets.
  let dataFolder: String
  let dataRecord: DataRecord

  /// For what the threads of independent phases share. Recursive: whoever is told of an event, or
  /// takes a result, may record.
  private let lock = NSRecursiveLock()
  private let gate = StepGate()

  var checkpoint = RunCheckpoint()
  /// Names of the files of ``save(_:_:metadata:)`` that exist.
  public internal(set) var savedArtefacts: Set<String> = []
  /// The evaluation that is being done.
  var evaluation: String?
  /// Finished evaluations that the last checkpoint does not have.
  var unsavedEvaluations = 0
  /// The phases that are being computed.
  var underWay: [PhaseUnderWay] = []
  /// What the body of the current cached phase has recorded.
  var recordedInPhase: RunCheckpoint.Recorded?
  /// What has been recorded before the first step.
  var recordedBeforeSteps = RunCheckpoint.Recorded()
  /// Phases and evaluations that this execution has come to.
  var visited: Set<String> = []
  /// Steps of the finished phases, and number of the finished evaluations, that this execution has
  /// come to.
  var completedSteps = 0
  /// When the checkpoint was last written or read.
  var checkpointTime: Double
  /// When the last progress event was sent.
  var progressTime = -Double.infinity

  /// Prepares a run and reads its checkpoint when there is one.
  ///
  /// - Parameters:
  ///   - seed: Seed of all random streams.
  ///   - identity: What is computed; stored in and compared with the checkpoint.
  ///   - kind: What may be recorded and saved; nil for everything.
  ///   - profile: Name of the profile; that of the identity when there is one.
  ///   - dataFolder: Folder of the data sets.
  ///   - folder: Folder of the run; nil to keep everything in memory.
  ///   - cacheFolder: Folder shared by all runs for outcomes of pre-training.
  ///   - resultsFolder: Absolute path of the folder of the results of all studies; nil for none.
  ///   - environment: What influences the last bits of results.
  ///   - totalSteps: Steps of all phases and number of evaluations, for progress events; 0 when
  ///     unknown.
  ///   - threads: How many independent phases are computed at the same time; does not influence
  ///     results.
  ///   - options: Intervals.
  ///   - events: Told what happens, by one thread at a time.
  ///   - shouldStop: Asked before every step, by one thread at a time.
  /// - Throws: ``Failure`` when the checkpoint is damaged or belongs to another run.
  public init(
    seed: Int, identity: RunIdentity? = nil, kind: (any Kind)? = nil,
    profile: String = ManifestProfile.standard,
    dataFolder: String = "data", folder: String? = nil, cacheFolder: String? = nil,
    resultsFolder: String? = nil,
    environment: String = "", totalSteps: Int = 0, threads: Int = 1,
    options: RunOptions = RunOptions(),
    events: @escaping (RunEvent) -> Void = { _ in }, shouldStop: @escaping () -> Bool = { false }
  ) throws {
    precondition(seed >= 0, "seed \(seed) is negative")
    precondition(threads > 0, "\(threads) threads")
    self.seed = seed
    self.identity = identity
    self.kind = kind
    self.profile = identity?.profile ?? profile
    self.dataFolder = dataFolder
    dataRecord = DataRecord(folder: dataFolder)
    self.folder = folder
    self.cacheFolder = cacheFolder
    self.resultsFolder = resultsFolder
    self.environment = environment
    self.totalSteps = totalSteps
    self.threads = threads
    self.options = options
    self.events = events
    self.shouldStop = shouldStop
    random = RandomSource(seed: UInt64(seed))
    checkpointTime = options.clock()
    if let path = checkpointPath,
      let stored = try RunCheckpoint.read(
        from: path, header: header, warn: { events(.warning($0)) })
    {
      checkpoint = stored
    }
  }

  // MARK: - Randomness

  /// The random stream of a name; adding one never changes another.
  public func random(_ stream: String) -> RandomStream { random.stream(stream) }

  // MARK: - Recording

  /// Records a value of a table; recording the same row again replaces it.
  ///
  /// - Precondition: a table that the kind declares, as many key values as it has keys, and a metric
  ///   of it.
  public func record(_ table: Table, _ keys: [String], _ metric: String, _ value: Double) {
    precondition(
      keys.count == table.keys.count,
      "\(keys.count) values for the \(table.keys.count) keys of '\(table.name)'")
    precondition(
      table.declaredMetrics.contains { $0.name == metric },
      "'\(table.name)' has no metric '\(metric)'")
    precondition(
      kind?.tables.contains { $0.name == table.name } ?? true,
      "the kind '\(kind?.name ?? "")' does not declare the table '\(table.name)'")
    synchronized {
      checkpoint.recorded.rows.set(table, keys, metric, value)
      if visited.isEmpty { recordedBeforeSteps.rows.set(table, keys, metric, value) }
      recordedInPhase?.rows.set(table, keys, metric, value)
    }
  }

  /// The rows of a table so far, in the order of its file.
  public func records(of table: Table) -> [Record] {
    synchronized { checkpoint.recorded.rows }.records(of: table)
  }

  /// The tables that have rows, sorted by name.
  public var recordedTables: [Table] { checkpoint.recorded.rows.tables }

  /// Keeps a small fact for `status.json` and `runs.csv`; the last value of a key counts.
  public func note(_ key: String, _ value: JSONValue) {
    synchronized {
      checkpoint.recorded.notes[key] = value
      if visited.isEmpty { recordedBeforeSteps.notes[key] = value }
      recordedInPhase?.notes[key] = value
    }
  }

  /// The facts so far.
  public var notes: [String: JSONValue] { checkpoint.recorded.notes }

  /// Adds a line to the log of the run.
  public func log(_ line: String) { synchronized { events(.log(line)) } }

  /// Tells the user about something that may matter.
  public func warn(_ text: String) { synchronized { events(.warning(text)) } }

  // MARK: - Stopping

  /// Stops the run if that is asked for; called between the parts of an evaluation, or of any other
  /// long computation outside loops.
  ///
  /// - Throws: ``Cancelled``. Finished phases and evaluations are kept.
  /// - Precondition: not within the body of a loop, which is asked before every step anyway.
  public func checkCancellation() throws {
    precondition(underWay.isEmpty, "the body of a loop cannot be stopped in the middle")
    sendEvaluationProgress()
    guard shouldStop() else { return }
    if evaluation == nil { try saveEvaluations() }
    throw Cancelled(phase: evaluation, step: 0)
  }

  // MARK: - Threads

  /// Looks at or changes what threads share.
  func synchronized<Result>(_ body: () throws -> Result) rethrows -> Result {
    try lock.withLock(body)
  }

  /// The same while no phase is within a step.
  func alone<Result>(_ body: () throws -> Result) rethrows -> Result {
    try gate.alone { try synchronized(body) }
  }

  /// Takes a step of a phase, at the same time as other phases do.
  func takeStep<Result>(_ body: () throws -> Result) rethrows -> Result { try gate.step(body) }
}
