import Store
import Tensors

/// One experiment of a paper, or of a user: the meeting point of science and runner.
///
/// An experiment knows no seeds, folders, threads or command lines. It gets a resolved
/// configuration and a ``RunContext``, trains and measures, and records rows of tables.
public protocol Kind: Sendable {
  /// Everything a manifest can say about the experiment.
  associatedtype Configuration: Settings

  /// The registered name, lower-case with dashes: `addmul-fnn`.
  var name: String { get }
  /// Section of the paper, for example `3.1`.
  var section: String { get }
  /// One line: what the experiment asks.
  var summary: String { get }
  /// Raised whenever the same configuration would give other results; part of the hash.
  var version: Int { get }

  /// Checks the rules that concern several settings at once.
  ///
  /// - Throws: ``Failure``, which may lack a place: the manifest's is added.
  func validate(_ configuration: Configuration) throws

  /// The network that the configuration builds.
  func describe(_ configuration: Configuration) throws -> Architecture

  /// Trains, measures and records.
  ///
  /// May be executed again from the start after an interruption: finished phases then return at
  /// once with their stored results, and everything else must follow from the configuration, the
  /// seed and those results alone.
  func run(_ configuration: Configuration, _ context: RunContext) throws

  /// What the outcome of pre-training depends on besides the seed; nil when there is no
  /// pre-training that several runs could share.
  func pretrainingKey(_ configuration: Configuration) -> JSONValue?

  /// Number of steps of all phases together, for progress and estimates.
  func totalSteps(_ configuration: Configuration) -> Int

  /// Applies a trained, optionally masked, network to inputs.
  ///
  /// - Returns: logits, one row per input.
  func predict(_ configuration: Configuration, _ request: PredictionRequest) throws
    -> Tensor<Float>

  /// The examples on which the accuracies of a run are measured; see
  /// ``PreparedRun/evaluationSet(seed:dataFolder:)``.
  func evaluationSet(_ configuration: Configuration, _ context: RunContext) throws -> EvaluationSet
}

// MARK: - Defaults

extension Kind {
  /// Accepts every configuration that the schema accepts.
  public func validate(_ configuration: Configuration) throws {}

  /// No shared pre-training.
  public func pretrainingKey(_ configuration: Configuration) -> JSONValue? { nil }

  /// Refuses: not every experiment is about a single network.
  public func predict(_ configuration: Configuration, _ request: PredictionRequest) throws
    -> Tensor<Float>
  {
    throw Failure(.usage, "the experiment '\(name)' offers no predictions")
  }

  /// Refuses: not every kind measures accuracies on examples of its own.
  public func evaluationSet(
    _ configuration: Configuration, _ context: RunContext
  ) throws -> EvaluationSet {
    throw Failure(
      .usage, "the experiment '\(name)' offers no evaluation set",
      why: "its results are not accuracies on a set of examples")
  }
}

// MARK: - Preparing

extension Kind {
  /// The tables that runs record.
  public var tables: [Table] { Table.all }

  /// Documentation of all settings.
  public var settings: [SettingDocumentation] { Configuration.schema.documentation() }

  /// Decodes and checks a resolved configuration.
  ///
  /// - Throws: ``Failure``: (corrupt) when it is none of this kind; what ``validate(_:)`` throws.
  public func prepare(json: JSONValue) throws -> any PreparedRun {
    try prepare(Configuration.schema.decode(json))
  }

  /// Checks a configuration and makes it ready.
  public func prepare(_ configuration: Configuration) throws -> any PreparedRun {
    try validate(configuration)
    return PreparedByMethods(kind: self, configuration: configuration)
  }
}

private struct PreparedByMethods<K: Kind>: PreparedRun {
  let kind: K
  let configuration: K.Configuration

  var steps: [RunStep] {
    [RunStep("all", .training, count: kind.totalSteps(configuration), operations: operations)]
  }
  private var operations: Double {
    let architecture = try? kind.describe(configuration)
    return max(
      architecture?.pretrainingOperationsPerStep ?? 0, architecture?.maskOperationsPerStep ?? 0)
  }
  var pretrainingKey: JSONValue? { kind.pretrainingKey(configuration) }
  func describe() throws -> Architecture { try kind.describe(configuration) }
  func run(_ context: RunContext) throws { try kind.run(configuration, context) }
  func predict(_ request: PredictionRequest) throws -> Tensor<Float> {
    try kind.predict(configuration, request)
  }
  func evaluationSet(seed: Int, dataFolder: String) throws -> EvaluationSet {
    try kind.evaluationSet(configuration, RunContext(seed: seed, dataFolder: dataFolder))
  }
}
