import Store
import Tensors

/// A configuration of a kind, decoded and checked once: what planning, workers and `predict` ask.
///
/// Preparing builds no network, so that thousands of configurations can be planned in a second.
public protocol PreparedRun: Sendable {
  /// The pieces of work of a run in the order in which they begin, with the names under which
  /// ``RunContext`` is asked to do them; at least one.
  var steps: [RunStep] { get }

  /// What the outcome of pre-training depends on besides the seed and the data; nil when there is no
  /// pre-training that several runs could share.
  var pretrainingKey: JSONValue? { get }

  /// The network, from its outline.
  func describe() throws -> Architecture

  /// What ``checkFiles(seed:dataFolder:)`` depends on: of configurations that agree in it, one is
  /// looked at; nil when there is nothing to look at.
  var filesKey: JSONValue? { get }

  /// Reads the files that a run would read, and refuses what it could not use: before anything of a
  /// study runs.
  ///
  /// - Parameters:
  ///   - seed: That of a run.
  ///   - dataFolder: The folder of data sets.
  /// - Throws: ``Failure`` that names the file and what is wrong with it.
  func checkFiles(seed: Int, dataFolder: String) throws

  /// The studies whose tables a run reads with ``RunContext/rows(of:study:)``: a command that is asked
  /// for them too computes them first.
  var studiesRead: [String] { get }

  /// Trains, measures and records.
  ///
  /// May be executed again from the start after an interruption: finished steps then return at
  /// once with their stored results, and everything else must follow from the configuration, the
  /// seed and those results alone.
  func run(_ context: RunContext) throws

  /// Applies a trained, optionally masked, network to inputs.
  ///
  /// - Returns: logits, one row per input.
  func predict(_ request: PredictionRequest) throws -> Tensor<Float>

  /// The examples on which the accuracies of a run are measured, so that they can be computed again
  /// elsewhere.
  ///
  /// - Parameters:
  ///   - seed: That of the run.
  ///   - dataFolder: The folder of data sets.
  /// - Throws: ``Failure``: (usage) when the kind offers none; data missing.
  func evaluationSet(seed: Int, dataFolder: String) throws -> EvaluationSet
}

/// A piece of the work of a run that is checkpointed and counted: a training loop, an evaluation of
/// one stage in one mode, or a clustering of one stage.
public struct RunStep: Sendable, Equatable {
  /// What kind of work it is: work of one kind takes about the same time per operation.
  public enum Work: String, Sendable, CaseIterable {
    /// Optimiser steps of a network's weights.
    case training
    /// Optimiser steps of masks.
    case masks
    /// Forward passes over a set of examples.
    case evaluation
    /// Partitions of the graphs of networks.
    case clustering
    /// Forward passes of networks with silenced units.
    case lesions
    /// Optimiser steps of images.
    case pictures
  }

  /// Name within the run, as in ``RunContext``: `pretrained`, `masks-add`, `evaluate-add-inverse`.
  public let name: String
  /// What kind of work it is.
  public let work: Work
  /// Number of equal parts: optimiser steps of a training loop, 1 for all else.
  public let count: Int
  /// Floating-point operations of one part; 0 when unknown.
  public let operations: Double

  /// Declares a step.
  public init(_ name: String, _ work: Work, count: Int, operations: Double) {
    self.name = name
    self.work = work
    self.count = count
    self.operations = operations
  }
}

extension RunStep {
  /// The step as JSON.
  public var json: JSONValue {
    [
      "name": .string(name), "work": .string(work.rawValue), "count": .integer(count),
      "operations": .number(operations),
    ]
  }

  /// Reads what ``json`` gave; nil when a part is missing.
  public init?(json: JSONValue) {
    guard let name = json["name"]?.stringValue,
      let work = json["work"]?.stringValue.flatMap(Work.init(rawValue:)),
      let count = json["count"]?.integerValue, count >= 0,
      let operations = json["operations"]?.numberValue
    else { return nil }
    self.init(name, work, count: count, operations: operations)
  }
}

extension PreparedRun {
  /// Refuses: not every kind measures accuracies on examples of its own.
  public func evaluationSet(seed: Int, dataFolder: String) throws -> EvaluationSet {
    throw Failure(
      .usage, "runs of this experiment offer no evaluation set",
      why: "their results are not accuracies on a set of examples")
  }

  /// Parts of all steps together.
  public var totalSteps: Int { steps.reduce(0) { $0 + $1.count } }
}

// MARK: - Defaults

extension PreparedRun {
  /// Nothing is looked at before a run begins.
  public var filesKey: JSONValue? { nil }

  /// Nothing: what a run of the kind reads is looked at when it begins.
  public func checkFiles(seed: Int, dataFolder: String) throws {}

  /// None.
  public var studiesRead: [String] { [] }

  /// No shared pre-training.
  public var pretrainingKey: JSONValue? { nil }

  /// Refuses: not every experiment is about a single network.
  public func predict(_ request: PredictionRequest) throws -> Tensor<Float> {
    throw Failure(.usage, "this kind of experiment offers no predictions")
  }
}
