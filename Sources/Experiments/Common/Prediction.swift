import Autograd
import ExperimentKit
import NeuralNetworks
import Store
import Tensors

extension Kind {
  /// Answers a prediction request with a network of described layers; one with lesions is computed unit layer
  /// by unit layer.
  func predict(
    with description: NetworkDescription, _ request: PredictionRequest
  ) throws -> Tensor<Float> {
    if let network = try request.unitNetwork(of: description) {
      return try predict(with: network, inputShape: description.input, request)
    }
    let network = SequentialNetwork<Float>(description, random: RandomSource(seed: 0))
    return try predict(with: network, inputShape: description.input, request)
  }

  /// Answers a prediction request with a network whose outputs are put into a row for each input.
  func predict(
    with network: some Module<Float>, inputShape: Shape, _ request: PredictionRequest
  ) throws -> Tensor<Float> {
    try predict(with: network, inputShape: inputShape, request) { x, pass in
      let outputs = network.forward(x, in: pass)
      return pass.graph.reshape(outputs, to: [x.shape[0], outputs.shape.dropFirst().count])
    }
  }

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
    let sites = try request.lesionSites(of: network)
    let inputs = try request.rows("inputs", of: inputShape)
    // Without inputs, one of zeros tells how many logits there would be.
    let count = inputs.shape[0]
    let rows = count == 0 ? Tensor<Float>(zeros: inputShape.prepending(1)) : inputs
    var logits: [Float] = []
    var width = 0
    for start in stride(from: 0, to: rows.shape[0], by: PredictionRequest.chunk) {
      let pass = ForwardPass(graph: Graph<Float>(), source: FrozenParameters(), sites: sites)
      let part = rows.rows(start..<min(start + PredictionRequest.chunk, rows.shape[0]))
      let answer = forward(pass.graph.constant(part), pass).tensor
      logits += answer.scalars
      width = answer.shape[1]
    }
    return count == 0 ? Tensor(zeros: [0, width]) : Tensor(logits, shape: [count, width])
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
    _ = try request.lesionSites(of: network)
    let inputs = try request.sequences("inputs", below: inputTokens)
    let outputs = try request.sequences("outputs", below: network.outputMark)
    guard inputs.rows == outputs.rows else {
      throw Failure(
        .corrupt, "the input file has \(inputs.rows) inputs for \(outputs.rows) outputs")
    }
    let width = network.outputMark + 1
    var result = Tensor<Float>(zeros: [outputs.rows, outputs.columns + 1, width])
    for start in stride(from: 0, to: outputs.rows, by: PredictionRequest.chunk) {
      let part = start..<min(start + PredictionRequest.chunk, outputs.rows)
      let pairs = NeuralNetworks.SequencePairs(inputs: inputs[part], outputs: outputs[part])
      let pass = ForwardPass(graph: Graph<Float>(), source: FrozenParameters())
      let (rows, layout) = network.logits(for: pairs, in: pass)
      for (element, output) in pairs.outputs.enumerated() {
        for step in 0...output.count {
          let row = layout.row(of: element, step: step)
          for token in 0..<width {
            result[start + element, step, token] = rows.tensor[row, token]
          }
        }
      }
    }
    return result
  }
}

/// Sequences of tokens as the rows of a matrix, filled up with -1.
private struct TokenMatrix {
  let tokens: [Int64]
  let rows: Int
  let columns: Int

  /// The sequences of some rows.
  subscript(range: Range<Int>) -> [[Int]] {
    range.map { row in
      tokens[row * columns..<(row + 1) * columns].prefix { $0 >= 0 }.map(Int.init)
    }
  }
}

extension PredictionRequest {
  /// Inputs per forward pass; bounds the memory, changes nothing else.
  fileprivate static var chunk: Int { 200 }

  /// Sequences of tokens from a matrix whose rows are filled up with -1.
  fileprivate func sequences(_ name: String, below limit: Int) throws -> TokenMatrix {
    guard let stored = inputs[name] else {
      throw Failure(
        .corrupt, "the input file has no tensor '\(name)'",
        why: "it has \(inputs.keys.sorted().map { Failure.printable($0) }.joined(separator: ", "))",
        help: "the network takes tokens: 'inputs' and 'outputs', both I64, filled up with -1; see "
          + "docs/inputs.md")
    }
    let shape = stored.shape
    guard let tokens = stored.wholeNumbers, shape.rank == 2, shape[0] == 0 || shape[1] > 0
    else {
      throw Failure(
        .corrupt,
        "the tensor '\(name)' has type \(stored.elementType.rawValue) and shape \(stored.shape)",
        why:
          "sequences of tokens have type I64 or I32, a row for each of them, and at least one column",
        help: "convert tokens before you save them, in PyTorch with .long(); shorter sequences are "
          + "filled up with -1")
    }
    let matrix = TokenMatrix(tokens: tokens, rows: shape[0], columns: shape[1])
    for row in 0..<matrix.rows {
      var hasEnded = false
      for token in tokens[row * matrix.columns..<(row + 1) * matrix.columns] {
        guard token >= -1, token < limit else {
          throw Failure(
            .corrupt, "row \(row) of the tensor '\(name)' has the token \(token)",
            why: "tokens are 0 to \(limit - 1), and -1 beyond the end of a sequence")
        }
        guard token < 0 || !hasEnded else {
          throw Failure(
            .corrupt, "row \(row) of the tensor '\(name)' has the token \(token) after -1",
            why: "-1 fills up a sequence behind its last token")
        }
        hasEnded = token < 0
      }
    }
    return matrix
  }

  /// Gives a network the weights of the request, masked if it has masks, and the buffers that come
  /// with them.
  func load(into network: some ParameterContainer<Float>) throws {
    let buffers = (network as? any StatefulModule<Float>)?.buffers ?? []
    let request = try fitted(
      to: network.parameters.map { ($0.name, $0.shape) }
        + buffers.map { ($0.name, $0.value.shape) })
    for buffer in buffers { buffer.value = request.weights[buffer.name] ?? buffer.value }
    let weights = try request.effectiveWeights()
    for parameter in network.parameters {
      parameter.value = weights[parameter.name] ?? parameter.value
    }
  }
}
