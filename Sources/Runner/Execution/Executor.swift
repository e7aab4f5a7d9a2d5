import Store

/// Where the runs of a plan are computed: what stands after `--executor` of `modlab run`.
///
/// An executor is one file with a type that conforms to this protocol, or to ``BatchSystem`` when
/// what it is given goes on without the command, and one line in ``Executors/all``.
public protocol Executor: Sendable {
  /// The word after `--executor`, in lower-case letters.
  var name: String { get }

  /// The options of `modlab run` that only this executor understands.
  var options: [ExecutorOption] { get }

  /// Refuses what the executor cannot do, before anything is written.
  ///
  /// - Throws: ``Failure`` (usage).
  func check(_ request: ExecutionRequest) throws

  /// What the command says before the runs; nil when the numbers of runs and workers say it all.
  func headline(_ plan: Plan, _ request: ExecutionRequest) -> String?

  /// Computes the runs of a plan that are to be computed; returns when all have ended or the user
  /// wants no more.
  ///
  /// Whoever computes a run follows the protocol of the runs' folders, as `modlab worker` does:
  /// lock, status, results with their digests. The reporter is told of every start and end, and of
  /// its own end.
  ///
  /// - Throws: ``Failure`` when nothing can be computed. A run that fails is an outcome.
  func compute(
    _ plan: Plan, _ request: ExecutionRequest, reporter: any ProgressReporter
  ) throws -> ExecutionResult
}

extension Executor {
  /// None.
  public var options: [ExecutorOption] { [] }
  /// Refuses nothing.
  public func check(_ request: ExecutionRequest) throws {}
  /// Nothing.
  public func headline(_ plan: Plan, _ request: ExecutionRequest) -> String? { nil }
}

/// An option of `modlab run` that belongs to one executor. It takes a text and may be repeated.
public struct ExecutorOption: Sendable {
  /// The name without dashes.
  public let name: String
  /// Stands for the text in the help.
  public let placeholder: String
  /// What a shell offers.
  public let words: [String]
  /// One line for the help.
  public let summary: String

  /// Creates an option.
  public init(_ name: String, placeholder: String, words: [String] = [], _ summary: String) {
    self.name = name
    self.placeholder = placeholder
    self.words = words
    self.summary = summary
  }
}

/// What `modlab run` asks of an executor besides the plan.
public struct ExecutionRequest: Sendable {
  /// The executor that was asked for expressly.
  public var executor: String?
  /// The folder of results.
  public var output: OutputFolder
  /// The studies of the plan.
  public var studies: [StudyFolder]
  /// The part of the runs that is computed; nil for all.
  public var shard: Shard?
  /// Number of workers at a time.
  public var workers: Int
  /// The number of workers that was asked for expressly.
  public var workerLimit: Int?
  /// Whether the first run that fails stops all others.
  public var isFailFast: Bool
  /// Folder of the data sets.
  public var dataFolder: String
  /// Seconds between signs of life where there is no terminal.
  public var heartbeat: Double
  /// The texts of the options of executors, by name; only of those that were given.
  public var options: [String: [String]]
  /// What earlier commands have handed to the executor; nil unless it is a ``BatchSystem``.
  public internal(set) var work: BatchWork?

  /// Asks for the execution of what a request plans.
  public init(
    _ request: PlanRequest, executor: String? = nil, workerLimit: Int? = nil,
    isFailFast: Bool = false, dataFolder: String = "data", heartbeat: Double = 60,
    options: [String: [String]] = [:]
  ) {
    self.executor = executor
    output = request.output
    studies = Set(request.manifests.map(\.study)).sorted().map(request.output.study)
    shard = request.shard
    workers = request.workers
    self.workerLimit = workerLimit
    self.isFailFast = isFailFast
    self.dataFolder = dataFolder
    self.heartbeat = heartbeat
    self.options = options
  }
}

/// What came of the runs of a plan.
public struct ExecutionResult: Sendable, Equatable {
  /// The outcome of every run that was started, by name.
  public var outcomes: [RunName: RunOutcome] = [:]
  /// Runs that were not started because of a signal or of fail-fast.
  public var unstarted: [RunName] = []
  /// The signal that stopped the command.
  public var signal: Int32?

  /// Creates the result of nothing.
  public init() {}

  /// Adds what came of further runs.
  mutating func add(_ other: ExecutionResult) {
    outcomes.merge(other.outcomes) { $1 }
    unstarted += other.unstarted
    signal = signal ?? other.signal
  }
}
