import Store

/// How a run is carried out; nothing here influences its results.
public struct RunOptions: Sendable {
  /// Seconds of work between two checkpoints.
  public var checkpointInterval: Double
  /// Steps between two checkpoints, in addition to the interval; nil for the interval alone.
  public var checkpointEverySteps: Int?
  /// Least number of seconds between two progress events.
  public var progressInterval: Double
  /// Seconds between two looks at the cache while another run computes the wanted entry.
  public var cachePollInterval: Double
  /// The time in seconds, from any origin, never going back.
  public var clock: @Sendable () -> Double
  /// The system calls with which files are written.
  public var operations: any FileOperations

  /// Creates options.
  public init(
    checkpointInterval: Double = 60, checkpointEverySteps: Int? = nil,
    progressInterval: Double = 0.5, cachePollInterval: Double = 0.1,
    clock: @escaping @Sendable () -> Double = MonotonicClock.seconds,
    operations: any FileOperations = AtomicFile.operations
  ) {
    self.checkpointInterval = checkpointInterval
    self.checkpointEverySteps = checkpointEverySteps
    self.progressInterval = progressInterval
    self.cachePollInterval = cachePollInterval
    self.clock = clock
    self.operations = operations
  }

  /// Name of the environment variable that sets ``checkpointEverySteps``, meant for tests.
  public static let checkpointEveryStepsVariable = "MODLAB_CHECKPOINT_EVERY_STEPS"

  /// Applies the environment variable ``checkpointEveryStepsVariable``; values that are no positive
  /// number are ignored.
  public mutating func apply(environment: [String: String]) {
    if let text = environment[RunOptions.checkpointEveryStepsVariable], let steps = Int(text),
      steps > 0
    {
      checkpointEverySteps = steps
    }
  }
}
