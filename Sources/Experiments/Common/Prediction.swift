import Autograd
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

extension Kind {
  /// Answers a prediction request with a network whose parameters have the names and shapes of the
  /// request's, on rows of `inputs` numbers.
  func predict(
    with network: some ParameterContainer<Float>, inputs: Int, _ request: PredictionRequest,
    forward: (Value<Float>, ForwardPass<Float>) -> Value<Float>
  ) throws -> Tensor<Float> {
    try predict(with: network, inputShape: [inputs], request, forward: forward)
  }

  /// As ``predict(with:inputs:_:forward:)``, on inputs of any shape.
  func predict(
    with network: some ParameterContainer<Float>, inputShape: Shape, _ request: PredictionRequest,
    forward: (Value<Float>, ForwardPass<Float>) -> Value<Float>
  ) throws -> Tensor<Float> {
    try request.load(into: network)
    let inputs = try request.inputTensor(shape: inputShape)
    let graph = Graph<Float>()
    let pass = ForwardPass(graph: graph, source: FrozenParameters())
    return forward(graph.constant(inputs), pass).tensor
  }
}

extension Kind {
  /// Answers a prediction request with a network for sequences: the logits of every output token, each
  /// predicted from the right ones before it.
  ///
  /// Shapes: `inputs` N×T and `outputs` N×U as I64, filled up with -1 → N×(U+1)×V, end mark included;
  /// rows beyond the end are 0.
  func predict(
    with network: some SequenceToSequenceModel<Float>, inputTokens: Int,
    _ request: PredictionRequest
  ) throws -> Tensor<Float> {
    try request.load(into: network)
    let inputs = try request.sequences("inputs", below: inputTokens)
    let outputs = try request.sequences("outputs", below: network.outputMark)
    guard inputs.rows.count == outputs.rows.count else {
      throw Failure(
        .corrupt, "\(inputs.rows.count) inputs for \(outputs.rows.count) outputs")
    }
    let pairs = NeuralNetworks.SequencePairs(inputs: inputs.rows, outputs: outputs.rows)
    let pass = ForwardPass(graph: Graph<Float>(), source: FrozenParameters())
    let (rows, layout) = network.logits(for: pairs, in: pass)
    let width = rows.shape[1]
    var result = Tensor<Float>(zeros: [pairs.count, outputs.width + 1, width])
    for (element, output) in outputs.rows.enumerated() {
      for step in 0...output.count {
        let row = layout.row(of: element, step: step)
        for token in 0..<width {
          result[element, step, token] = rows.tensor[row, token]
        }
      }
    }
    return result
  }
}

extension PredictionRequest {
  /// Sequences of tokens from a matrix whose rows are filled up with -1.
  fileprivate func sequences(
    _ name: String, below limit: Int
  ) throws -> (rows: [[Int]], width: Int) {
    guard case .int64(let tokens, let shape)? = inputs[name], shape.rank == 2 else {
      throw Failure(
        .corrupt, "the input file has no tensor '\(name)' of type I64 and rank 2",
        why: "the network takes sequences of tokens, filled up with -1")
    }
    if let wrong = tokens.first(where: { $0 < -1 || $0 >= limit }) {
      throw Failure(
        .corrupt, "the tensor '\(name)' has the token \(wrong)",
        why: "tokens are 0 to \(limit - 1), and -1 beyond the end of a sequence")
    }
    let width = shape[1]
    let rows = (0..<shape[0]).map { row in
      tokens[row * width..<(row + 1) * width].prefix { $0 >= 0 }.map(Int.init)
    }
    return (rows, width)
  }

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

  /// The inputs, any number of a shape: the tensor named `inputs`, or the only one.
  func inputTensor(shape: Shape) throws -> Tensor<Float> {
    guard let stored = inputs["inputs"] ?? (inputs.count == 1 ? inputs.values.first : nil) else {
      throw Failure(
        .corrupt, "the input file has no tensor 'inputs'",
        why: "it has \(inputs.keys.sorted().joined(separator: ", "))")
    }
    guard case .float32(let tensor) = stored, tensor.shape.rank > 0,
      tensor.shape.dropFirst() == shape
    else {
      let extents = (["N"] + shape.dimensions.map(String.init)).joined(separator: "×")
      throw Failure(
        .corrupt, "the inputs have type \(stored.elementType.rawValue) and shape \(stored.shape)",
        why: "the network takes F32 of shape \(extents)")
    }
    return tensor
  }
}
