import Autograd
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

extension Experiment {
  /// Answers a prediction request with a network whose parameters have the names and shapes of the
  /// request's.
  func predict(
    with network: FeedForwardNetwork<Float>, _ request: PredictionRequest
  ) throws -> Tensor<Float> {
    let weights = try request.effectiveWeights()
    for parameter in network.parameters {
      guard let value = weights[parameter.name] else {
        throw Failure(
          .corrupt, "the weights have no tensor '\(parameter.name)'",
          help: "were they written with this manifest and profile?")
      }
      guard value.shape == parameter.shape else {
        throw Failure(
          .corrupt, "the weights' tensor '\(parameter.name)' has shape \(value.shape)",
          why: "the network of the manifest needs \(parameter.shape)",
          help: "were they written with this manifest and profile?")
      }
      parameter.value = value
    }
    let inputs = try request.inputMatrix(columns: network.layers[0].weight.shape[1])
    let graph = Graph<Float>()
    return network.forward(
      graph.constant(inputs), in: ForwardPass(graph: graph, source: FrozenParameters())
    ).tensor
  }
}

extension PredictionRequest {
  /// The inputs as rows: the tensor named `inputs`, or the only one.
  func inputMatrix(columns: Int) throws -> Tensor<Float> {
    guard let stored = inputs["inputs"] ?? (inputs.count == 1 ? inputs.values.first : nil) else {
      throw Failure(
        .corrupt, "the input file has no tensor 'inputs'",
        why: "it has \(inputs.keys.sorted().joined(separator: ", "))")
    }
    guard case .float32(let matrix) = stored, matrix.shape.rank == 2, matrix.shape[1] == columns
    else {
      throw Failure(
        .corrupt, "the inputs have type \(stored.elementType.rawValue) and shape \(stored.shape)",
        why: "the network takes F32 of shape N×\(columns)")
    }
    return matrix
  }
}
