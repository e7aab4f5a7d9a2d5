import ExperimentKit
import Store

/// What a worker is to compute: one line of JSON on its standard input.
public struct WorkerSpecification: Sendable, Equatable {
  /// What is computed.
  public var identity: RunIdentity
  /// The seed.
  public var seed: Int
  /// Folder of the run.
  public var runFolder: String
  /// Folder that all runs share for outcomes of pre-training.
  public var cacheFolder: String
  /// Folder of the data sets.
  public var dataFolder: String
  /// Seconds of work between two checkpoints.
  public var checkpointInterval: Double
  /// How many independent phases are computed at the same time; does not influence results.
  public var threads: Int
  /// Whether what an earlier attempt left is to be forgotten.
  public var startsAnew: Bool

  /// Creates a specification.
  public init(
    identity: RunIdentity, seed: Int, runFolder: String, cacheFolder: String,
    dataFolder: String = "data", checkpointInterval: Double = 60, threads: Int = 1,
    startsAnew: Bool = false
  ) {
    self.identity = identity
    self.seed = seed
    self.runFolder = runFolder
    self.cacheFolder = cacheFolder
    self.dataFolder = dataFolder
    self.checkpointInterval = checkpointInterval
    self.threads = threads
    self.startsAnew = startsAnew
  }

  static let schema = "modlab-worker-1"

  /// The specification as JSON.
  public var json: JSONValue {
    [
      "schema": .string(Self.schema), "identity": identity.json, "seed": .integer(seed),
      "run_folder": .string(runFolder), "cache_folder": .string(cacheFolder),
      "data_folder": .string(dataFolder), "checkpoint_interval": .number(checkpointInterval),
      "threads": .integer(threads), "starts_anew": .bool(startsAnew),
    ]
  }

  /// Reads a specification.
  ///
  /// - Throws: ``Failure`` when something is missing or of the wrong kind.
  public init(json: JSONValue) throws {
    let file = "the specification of the worker"
    let reader = MemberReader(json, file: file)
    try reader.check(schema: Self.schema)
    identity = try RunIdentity(json: reader.value("identity"), file: file)
    seed = try reader.integer("seed")
    guard seed >= 0 else { throw reader.failure("the seed is negative") }
    runFolder = try reader.text("run_folder")
    cacheFolder = try reader.text("cache_folder")
    dataFolder = try reader.text("data_folder")
    checkpointInterval = try reader.number("checkpoint_interval")
    threads = try reader.integer("threads")
    guard threads > 0 else { throw reader.failure("the number of threads is not positive") }
    startsAnew = json["starts_anew"]?.boolValue ?? false
  }
}
