import Store
import Tensors

/// One experiment of a paper, or of a user: the meeting point of science and runner.
///
/// An experiment knows no seeds, folders, threads or command lines. It gets a resolved
/// configuration and a ``RunContext``, trains and measures, and records rows of tables.
public protocol Experiment: Sendable {
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
}

// MARK: - Defaults

extension Experiment {
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
}

// MARK: - Configurations as JSON

// The runner does not know the type of a configuration; it hands around JSON.

extension Experiment {
  /// All defaults.
  public var defaultConfiguration: JSONValue {
    Configuration.schema.encode(Configuration())
  }

  /// Documentation of all settings.
  public var settings: [SettingDocumentation] { Configuration.schema.documentation() }

  /// The configuration with the given members of a resolved configuration.
  public func configuration(from json: JSONValue) throws -> Configuration {
    try Configuration.schema.decode(json)
  }

  /// ``validate(_:)`` for a resolved configuration.
  public func validate(configuration: JSONValue) throws {
    try validate(self.configuration(from: configuration))
  }

  /// ``describe(_:)`` for a resolved configuration.
  public func describe(configuration: JSONValue) throws -> Architecture {
    try describe(self.configuration(from: configuration))
  }

  /// ``run(_:_:)`` for a resolved configuration.
  public func run(configuration: JSONValue, _ context: RunContext) throws {
    try run(self.configuration(from: configuration), context)
  }

  /// ``pretrainingKey(_:)`` for a resolved configuration.
  public func pretrainingKey(configuration: JSONValue) throws -> JSONValue? {
    pretrainingKey(try self.configuration(from: configuration))
  }

  /// ``totalSteps(_:)`` for a resolved configuration.
  public func totalSteps(configuration: JSONValue) throws -> Int {
    totalSteps(try self.configuration(from: configuration))
  }

  /// ``predict(_:_:)`` for a resolved configuration.
  public func predict(configuration: JSONValue, _ request: PredictionRequest) throws
    -> Tensor<Float>
  {
    try predict(self.configuration(from: configuration), request)
  }

  /// The hash that names a resolved configuration of this experiment.
  public func hash(configuration: JSONValue) -> String {
    ConfigurationHash.of(experiment: name, version: version, configuration: configuration)
  }
}
