/// How runs are spread over workers.
public struct SchedulerOptions: Sendable {
  /// Number of worker processes at a time; of threads, when there are fewer runs.
  public var workers: Int
  /// Whether the first run that fails stops all others.
  public var isFailFast: Bool
  /// How a worker is started.
  public var command: WorkerCommand
  /// Folder of the data sets.
  public var dataFolder: String
  /// Seconds that workers have to save their state before they are ended.
  public var patience: Double

  /// Creates options.
  ///
  /// - Precondition: at least one worker.
  public init(
    workers: Int, isFailFast: Bool = false, command: WorkerCommand, dataFolder: String = "data",
    patience: Double = 4
  ) {
    precondition(workers > 0, "\(workers) workers")
    self.workers = workers
    self.isFailFast = isFailFast
    self.command = command
    self.dataFolder = dataFolder
    self.patience = patience
  }
}
