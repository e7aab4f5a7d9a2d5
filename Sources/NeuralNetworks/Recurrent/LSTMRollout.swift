import Autograd
import Tensors

/// Greedy decoding with long short-term memory, without a tape: every step's most probable token is
/// the next step's input.
struct LSTMRollout<Scalar: TensorScalar> {
  private let layout: SequenceLayout
  private let graph: Graph<Scalar>
  private let table: SampledTable<Scalar>
  private let outputMap: any LinearMap<Scalar>
  private let outputBias: Tensor<Scalar>?
  private var layers: [LSTMStepper<Scalar>]
  /// Dropout of every layer's inputs, for all rows of the layout; nil where nothing is dropped.
  private let factors: [Tensor<Scalar>?]

  /// A rollout of the layout's steps.
  ///
  /// - Parameters:
  ///   - embedding: the vectors of the tokens.
  ///   - embeddingFactors: those of the vectors' dropout, for all rows of the layout.
  ///   - lstm: the layers.
  ///   - output: from the state to the tokens.
  ///   - layout: the number of tokens wanted of every element, packed by step.
  ///   - initial: the states of the layers before the first token.
  ///   - pass: the circumstances.
  init(
    embedding: Embedding<Scalar>, embeddingFactors: Tensor<Scalar>?, lstm: LSTM<Scalar>,
    output: Linear<Scalar>, layout: SequenceLayout, initial: [LSTMState<Scalar>],
    in pass: ForwardPass<Scalar>
  ) {
    self.layout = layout
    // Decoding leaves nothing on the pass's tape; products ask the maps, not the tape.
    graph = Graph()
    let value = pass.value(of: embedding.weight)
    table = SampledTable(graph.constant(value.tensor), on: graph)
    outputMap = pass.linearMap(of: output.weight)
    outputBias = output.bias.map { pass.value(of: $0).tensor }
    layers = zip(lstm.weights(in: pass), initial).map { weights, state in
      LSTMStepper(weights: weights, layout: layout, initial: state)
    }
    factors =
      [embeddingFactors]
      + lstm.dropouts.map { $0.factors([layout.rows, lstm.units], in: pass) }
  }

  /// The tokens of every element, in the order of the batch; as many as it has steps, or up to a
  /// token that all elements have reached.
  ///
  /// - Parameters:
  ///   - first: the token before the first step, of every element of the batch.
  ///   - stop: when every element has chosen this token, the rest is left out.
  mutating func run(first: [Int], stop: Int?) -> [[Int]] {
    var inputs = layout.order.map { first[$0] }  // by rank
    var chosen = [[Int]](repeating: [], count: layout.batch)
    var running = Set(stop == nil ? [] : layout.order)
    for step in 0..<layout.longest {
      let tokens = take(step: step, inputs)
      for part in layout.rows(atStep: step) {
        for rank in part.rank..<part.rank + part.count {
          let element = layout.order[rank]
          inputs[rank] = tokens[rank]
          chosen[element].append(tokens[rank])
          if tokens[rank] == stop { running.remove(element) }
        }
      }
      if stop != nil && running.isEmpty { break }
    }
    return chosen
  }

  /// The states of the layers after the last step, of some elements of the batch.
  func states(of elements: [Int]) -> [LSTMState<Scalar>] {
    layers.map { layer in
      let state = layer.state
      return LSTMState(
        hidden: graph.gather(graph.constant(state.hidden), rows: elements),
        cell: graph.gather(graph.constant(state.cell), rows: elements))
    }
  }

  /// The most probable tokens after a step, by rank; those of elements without the step are
  /// arbitrary.
  private mutating func take(step: Int, _ inputs: [Int]) -> [Int] {
    let groups = RowGroups(rows: layout.batch, equalGroups: layout.samples)
    let rows = table.rows(ofTokens: inputs, groups: groups)
    var x = graph.gather(table.rows, rows: rows).tensor
    for number in layers.indices {
      if let factors = factors[number] { drop(factors, step, from: &x) }
      layers[number].take(step: step, x)
      x = layers[number].hidden
    }
    var logits = Tensor<Scalar>(zeros: [layout.batch, outputMap.outputs])
    outputMap.multiply(
      x, into: &logits, blocks: layout.ranks(atStep: step, forMapOf: outputMap.samples),
      adds: true)
    if let outputBias { add(outputBias, to: &logits) }
    return logits.argmaxRows()
  }

  /// Multiplies the rows of a step by their factors.
  private func drop(_ factors: Tensor<Scalar>, _ step: Int, from x: inout Tensor<Scalar>) {
    let columns = x.shape[1]
    x.withUnsafeMutableBufferPointer { x in
      factors.withUnsafeBufferPointer { factors in
        guard let x = x.baseAddress, let factors = factors.baseAddress else { return }
        for part in layout.rows(atStep: step) {
          let target = x + part.rank * columns
          Scalar.multiply(part.count * columns, target, factors + part.row * columns, target)
        }
      }
    }
  }

  /// Adds a bias K or S×K to the rows of all elements.
  private func add(_ bias: Tensor<Scalar>, to logits: inout Tensor<Scalar>) {
    let columns = logits.shape[1]
    let slices = bias.shape.rank == 2 ? bias.shape[0] : 1
    let rows = layout.batch / slices
    logits.withUnsafeMutableBufferPointer { logits in
      bias.withUnsafeBufferPointer { bias in
        guard let logits = logits.baseAddress, let bias = bias.baseAddress else { return }
        for slice in 0..<slices {
          Scalar.addRowVector(
            rows, columns, bias + slice * columns, logits + slice * rows * columns)
        }
      }
    }
  }
}
