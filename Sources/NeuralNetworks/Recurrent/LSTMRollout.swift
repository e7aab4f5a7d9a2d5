import Autograd
import Tensors

/// Greedy decoding with long short-term memory, without a tape: every step's most probable token is
/// the next step's input.
struct LSTMRollout<Scalar: TensorScalar> {
  private let layout: SequenceLayout
  private let sites: Sites<Scalar>?
  private let names: (embedding: String, states: [String], output: String)
  private let graph: Graph<Scalar>
  private let table: SampledTable<Scalar>
  private let outputMap: LinearMap<Scalar>
  private let outputBias: Value<Scalar>?
  private var layers: [LSTMStepper<Scalar>]
  /// Dropout of every layer's inputs, for all rows of the layout; nil where nothing is dropped.
  private let factors: [Tensor<Scalar>?]
  /// The inputs of the first layer, for all rows of the layout.
  private var vectors: Tensor<Scalar>
  /// The inputs of the other layers after dropout.
  private var droppedHidden: [Tensor<Scalar>]

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
    sites = pass.sites
    names = (embedding.name, lstm.stateSites, output.name)
    // Decoding leaves nothing on the pass's tape; products ask the maps, not the tape.
    graph = Graph()
    let value = pass.value(of: embedding.weight)
    table = SampledTable(graph.constant(value.tensor), on: graph)
    outputMap = pass.linearMap(of: output.weight)
    outputBias = output.bias.map { [graph] in graph.constant(pass.value(of: $0).tensor) }
    layers = zip(lstm.weights(in: pass), initial).map { weights, state in
      LSTMStepper(weights: weights, layout: layout, initial: state)
    }
    factors =
      [embeddingFactors]
      + lstm.dropouts.map { $0.factors([layout.rows, lstm.units], in: pass) }
    vectors = Tensor(uninitialized: [layout.rows, embedding.weight.shape[1]])
    droppedHidden = factors.dropFirst().map {
      Tensor(uninitialized: $0 == nil ? [0, lstm.units] : [layout.rows, lstm.units])
    }
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

  /// The forward passes of the layers after the last step.
  mutating func traces() -> [LSTMTrace<Scalar>] {
    layers.indices.map { layers[$0].finished() }
  }

  /// The states of the layers after the last step, of some elements of the batch.
  mutating func states(of elements: [Int]) -> [LSTMState<Scalar>] {
    traces().map { trace in
      let state = trace.finalState(layout)
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
    write(changed(names.embedding, graph.gather(table.rows, rows: rows).tensor), step)
    layers[0].take(step: step, vectors)
    changeState(ofLayer: 0, step)
    for number in 1..<max(1, layers.count) {
      if let factors = factors[number] {
        drop(layers[number - 1].hidden, factors, step, into: &droppedHidden[number - 1])
        layers[number].take(step: step, droppedHidden[number - 1])
      } else {
        layers[number].take(step: step, layers[number - 1].hidden)
      }
      changeState(ofLayer: number, step)
    }
    var logits = Tensor<Scalar>(zeros: [layout.batch, outputMap.outputs])
    outputMap.multiply(
      layers[layers.count - 1].hidden, into: &logits,
      blocks: layout.transition(toRanksFromStep: step, forMapOf: outputMap.samples), adds: true)
    if let outputBias { logits = graph.addBias(graph.constant(logits), outputBias).tensor }
    return changed(names.output, logits).argmaxRows()
  }

  /// What stands in place of a value at a site; nothing is read there while decoding.
  private func changed(_ name: String, _ tensor: Tensor<Scalar>) -> Tensor<Scalar> {
    guard let sites else { return tensor }
    return sites.changed(name, graph.constant(tensor), on: graph).tensor
  }

  /// Changes h of the last step for all that follows.
  private mutating func changeState(ofLayer number: Int, _ step: Int) {
    guard let sites, sites.isInside(names.states[number]) else { return }
    let rows = layout.rows(atStep: step).flatMap { $0.row..<$0.row + $0.count }
    let state = graph.gather(graph.constant(layers[number].hidden), rows: rows).tensor
    layers[number].replaceHidden(rows: rows, by: changed(names.states[number], state))
  }

  /// Writes the vectors of all elements' tokens, by rank, to the rows of a step, with dropout.
  private mutating func write(_ ranked: Tensor<Scalar>, _ step: Int) {
    let columns = ranked.shape[1]
    let (parts, factors) = (layout.rows(atStep: step), factors[0])
    vectors.withUnsafeMutableBufferPointer { vectors in
      ranked.withUnsafeBufferPointer { ranked in
        guard let vectors = vectors.baseAddress, let ranked = ranked.baseAddress else { return }
        for part in parts {
          let (target, source) = (vectors + part.row * columns, ranked + part.rank * columns)
          guard let factors else {
            target.update(from: source, count: part.count * columns)
            continue
          }
          factors.withUnsafeBufferPointer { factors in
            guard let factors = factors.baseAddress else { return }
            Scalar.multiply(
              part.count * columns, source, factors + part.row * columns, target)
          }
        }
      }
    }
  }

  /// Multiplies the rows of a step by their factors.
  private func drop(
    _ x: Tensor<Scalar>, _ factors: Tensor<Scalar>, _ step: Int, into y: inout Tensor<Scalar>
  ) {
    let columns = x.shape[1]
    y.withUnsafeMutableBufferPointer { y in
      x.withUnsafeBufferPointer { x in
        factors.withUnsafeBufferPointer { factors in
          guard let y = y.baseAddress, let x = x.baseAddress, let factors = factors.baseAddress
          else { return }
          for part in layout.rows(atStep: step) {
            let at = part.row * columns
            Scalar.multiply(part.count * columns, x + at, factors + at, y + at)
          }
        }
      }
    }
  }
}
