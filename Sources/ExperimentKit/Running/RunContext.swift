import Store
import Tensors

/// What an experiment sees of the world: its seed, random streams, tables to record in, and loops
/// that are checkpointed, resumable and stoppable.
///
/// Used by one thread.
///
/// An interrupted run is resumed by executing the experiment again from its start with the same
/// folder. Phases that are finished give back their results at once, the phase under way continues
/// at the step of its checkpoint, and rows that are recorded again replace themselves.
public final class RunContext {
  /// Seed of the run.
  public let seed: Int
  /// Name of the profile.
  public let profile: String
  /// Folder of the data sets.
  public let dataFolder: String
  /// What is computed; nil in tests that need no files.
  public let identity: RunIdentity?
  /// Folder of the run, nil when nothing is to be stored.
  public let folder: String?
  /// Folder that all runs share for outcomes of pre-training, nil for none.
  public let cacheFolder: String?
  /// Names what influences the last bits of results: BLAS kernels and processor level.
  public let environment: String

  let options: RunOptions
  let totalSteps: Int
  let events: (RunEvent) -> Void
  let shouldStop: () -> Bool
  let random: RandomSource

  var checkpoint = RunCheckpoint()
  /// What the body of the current cached phase has recorded.
  var recordedInPhase: RunCheckpoint.Recorded?
  /// Phases that this execution has come to.
  var visited: Set<String> = []
  /// Steps of the finished phases that this execution has come to.
  var completedSteps = 0
  /// When the checkpoint was last written or read.
  var checkpointTime: Double
  /// When the last progress event was sent.
  var progressTime = -Double.infinity
  var isInBody = false

  /// Prepares a run and reads its checkpoint when there is one.
  ///
  /// - Parameters:
  ///   - seed: Seed of all random streams.
  ///   - identity: What is computed; stored in and compared with the checkpoint.
  ///   - profile: Name of the profile; that of the identity when there is one.
  ///   - dataFolder: Folder of the data sets.
  ///   - folder: Folder of the run; nil to keep everything in memory.
  ///   - cacheFolder: Folder shared by all runs for outcomes of pre-training.
  ///   - environment: What influences the last bits of results.
  ///   - totalSteps: Steps of all phases, for progress events; 0 when unknown.
  ///   - options: Intervals.
  ///   - events: Told what happens, on the calling thread.
  ///   - shouldStop: Asked before every step.
  /// - Throws: ``Failure`` when the checkpoint is damaged or belongs to another run.
  public init(
    seed: Int, identity: RunIdentity? = nil, profile: String = "quick",
    dataFolder: String = "data", folder: String? = nil, cacheFolder: String? = nil,
    environment: String = "", totalSteps: Int = 0, options: RunOptions = RunOptions(),
    events: @escaping (RunEvent) -> Void = { _ in }, shouldStop: @escaping () -> Bool = { false }
  ) throws {
    precondition(seed >= 0, "seed \(seed) is negative")
    self.seed = seed
    self.identity = identity
    self.profile = identity?.profile ?? profile
    self.dataFolder = dataFolder
    self.folder = folder
    self.cacheFolder = cacheFolder
    self.environment = environment
    self.totalSteps = totalSteps
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
  /// - Precondition: as many key values as the table has keys, and a metric of the table.
  public func record(_ table: Table, _ keys: [String], _ metric: String, _ value: Double) {
    precondition(
      keys.count == table.keys.count,
      "\(keys.count) values for the \(table.keys.count) keys of '\(table.name)'")
    precondition(table.metrics.contains(metric), "'\(table.name)' has no metric '\(metric)'")
    checkpoint.recorded.rows.set(table, keys, metric, value)
    recordedInPhase?.rows.set(table, keys, metric, value)
  }

  /// The rows of a table so far, in the order of its file.
  public func records(of table: Table) -> [Record] { checkpoint.recorded.rows.records(of: table) }

  /// The tables that have rows, sorted by name.
  public var recordedTables: [Table] { checkpoint.recorded.rows.tables }

  /// Keeps a small fact for `status.json` and `runs.csv`; the last value of a key counts.
  public func note(_ key: String, _ value: JSONValue) {
    checkpoint.recorded.notes[key] = value
    recordedInPhase?.notes[key] = value
  }

  /// The facts so far.
  public var notes: [String: JSONValue] { checkpoint.recorded.notes }

  /// Adds a line to the log of the run.
  public func log(_ line: String) { events(.log(line)) }

  /// Tells the user about something that may matter.
  public func warn(_ text: String) { events(.warning(text)) }

  // MARK: - Checkpoint

  /// Path of the checkpoint, nil when nothing is stored.
  var checkpointPath: String? { folder.map { "\($0)/checkpoint.safetensors" } }

  var header: RunCheckpoint.Header {
    RunCheckpoint.Header(identity: identity, seed: seed, environment: environment)
  }

  /// Writes the checkpoint, when the run has a folder.
  func save() throws {
    if let path = checkpointPath {
      try checkpoint.write(to: path, header: header, operations: options.operations)
      events(
        .checkpoint(phase: checkpoint.running?.phase, step: checkpoint.running?.step ?? 0))
    }
    // Measured from the end of writing, so that slow disks do not eat the time for work.
    checkpointTime = options.clock()
  }

  /// Stops the run if that is asked for; for long computations between phases.
  ///
  /// - Throws: ``Cancelled``. Only finished phases are kept.
  /// - Precondition: not within the body of a loop, which is asked before every step anyway.
  public func checkCancellation() throws {
    precondition(!isInBody, "the body of a loop cannot be stopped in the middle")
    if shouldStop() { throw Cancelled(phase: nil, step: 0) }
  }
}
