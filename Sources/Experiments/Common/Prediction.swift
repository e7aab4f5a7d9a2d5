import Autograd
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

extension Experiment {
  /// Answers a prediction request with a network whose parameters have the names and shapes of the
  /// request's, on rows of `inputs` numbers.
  func predict(
    with network: some ParameterContainer<Float>, inputs: Int, _ request: PredictionRequest,
    forward: (Value<Float>, ForwardPass<Float>) -> Value<Float>
  ) throws -> Tensor<Float> {
    try request.load(into: network)
    let rows = try request.inputMatrix(columns: inputs)
    let graph = Graph<Float>()
    let pass = ForwardPass(graph: graph, source: FrozenParameters())
    return forward(graph.constant(rows), pass).tensor
  }
}

extension PredictionRequest {
  /// Gives a network the weights of the request, masked if it has masks.
  func load(into network: some ParameterContainer<Float>) throws {
    let weights = try effectiveWeights()
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
  }

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
