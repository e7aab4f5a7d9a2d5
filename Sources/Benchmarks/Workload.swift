import Autograd
import Masks
import NeuralNetworks
import Tensors

/// A training whose speed is measured: a network of the papers on synthetic batches of the real
/// shapes.
///
/// Nothing is learned that anyone looks at; what counts is that a step does exactly the work that a
/// step of the experiment does.
public struct Workload: Sendable {
  /// As on the command line: `addmul-fnn-big`.
  public let name: String
  /// One line for the help.
  public let summary: String
  /// Examples per step.
  public let batch: Int
  let makeTask: @Sendable () -> WorkloadTask

  /// All workloads, in the order of the help.
  public static let all: [Workload] = feedForward + recurrent + sequences + images

  /// The workload of the given name.
  public static func named(_ name: String) -> Workload? { all.first { $0.name == name } }
}

/// The network and the loss of a workload, and how it is trained.
struct WorkloadTask {
  /// The parameters of the network.
  let parameters: [Parameter<Float>]
  /// Those that get masks.
  let masked: [Parameter<Float>]
  var learningRate = 1e-3
  var maskLearningRate = 1e-2
  var beta = 1e-4
  var samples = 4
  var clip = 1.0
  /// Whether steps are of several kinds, so that the mean and not the median tells the time.
  var alternates = false
  /// The loss of a step; it asks for the passes of the network's calls.
  let loss:
    (_ step: Int, _ graph: Graph<Float>, _ pass: (Int) -> ForwardPass<Float>) -> Value<Float>
  /// The products of a mask step; empty where they have no fixed shapes.
  let products: [ProductShape]
}

/// What a step trains.
public enum BenchmarkStage: String, Sendable, CaseIterable {
  /// All parameters of the network, as in pre-training.
  case weights
  /// Masks of the frozen network.
  case mask
}
