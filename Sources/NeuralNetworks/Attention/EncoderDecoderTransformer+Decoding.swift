import Autograd
import Tensors

extension EncoderDecoderTransformer {
  /// Greedy answers. Every step computes the rows of one token; keys and values of the tokens before
  /// are remembered, and sequences that have ended are left out.
  public func decode(
    _ inputs: [[Int]], steps: Int, in pass: ForwardPass<Scalar>
  ) -> [[Int]] {
    guard !inputs.isEmpty, steps > 0 else { return inputs.map { _ in [] } }
    let memory = encode(inputs, in: pass)
    var layers = decoderLayers.map { layer in
      CachedDecoderLayer(
        layer, memory: layer.memoryKeysAndValues(of: memory, in: pass), steps: steps,
        width: settings.width)
    }
    let sliceSize = inputs.count / pass.samples
    var answers = inputs.map { _ in [Int]() }
    var running = Array(inputs.indices)
    for step in 0..<steps where !running.isEmpty {
      let starts = (0...pass.samples).map { slice in
        running.firstIndex { $0 >= slice * sliceSize } ?? running.count
      }
      let groups = RowGroups(starts: starts)
      let tokens = running.map { answers[$0].last ?? outputMark }
      var x = PackedRows(
        embed(
          tokens, at: tokens.map { _ in step }, groups: groups, isOutput: true, in: pass),
        elements: running.indices.map { $0..<$0 + 1 }, groups: groups)
      for number in layers.indices {
        x = layers[number].take(step: step, x, of: running, in: pass)
      }
      let chosen = logits(of: x, in: pass).tensor.argmaxRows()
      for (element, token) in zip(running, chosen) where token != outputMark {
        answers[element].append(token)
      }
      running = zip(running, chosen).filter { $0.1 != outputMark }.map(\.0)
    }
    return answers
  }
}

/// A layer of the decoder that takes one token of every sequence after the other.
private struct CachedDecoderLayer<Scalar: TensorScalar> {
  private let layer: TransformerDecoderLayer<Scalar>
  private let memory: PackedRows<Scalar>
  private let steps: Int
  /// The keys and values of all tokens so far, `steps` rows for every sequence: B·steps×2D.
  private var cache: Tensor<Scalar>

  init(
    _ layer: TransformerDecoderLayer<Scalar>, memory: PackedRows<Scalar>, steps: Int, width: Int
  ) {
    self.layer = layer
    self.memory = memory
    self.steps = steps
    cache = Tensor(uninitialized: [memory.elements.count * steps, 2 * width])
  }

  /// The rows of the next tokens of some sequences.
  mutating func take(
    step: Int, _ x: PackedRows<Scalar>, of elements: [Int], in pass: ForwardPass<Scalar>
  ) -> PackedRows<Scalar> {
    remember(layer.keysAndValues(of: x, in: pass).value.tensor, step, elements)
    let own = PackedRows(
      pass.graph.constant(cache),
      elements: elements.map { $0 * steps..<$0 * steps + step + 1 }, groups: x.groups)
    let seen = PackedRows(
      memory.value, elements: elements.map { memory.elements[$0] }, groups: memory.groups)
    return layer.forward(x, own: own, isCausal: false, memory: seen, in: pass)
  }

  private mutating func remember(_ rows: Tensor<Scalar>, _ step: Int, _ elements: [Int]) {
    let columns = rows.shape[1]
    let steps = steps
    cache.withUnsafeMutableBufferPointer { cache in
      rows.withUnsafeBufferPointer { rows in
        guard let cache = cache.baseAddress, let rows = rows.baseAddress else { return }
        for (row, element) in elements.enumerated() {
          (cache + (element * steps + step) * columns).update(
            from: rows + row * columns, count: columns)
        }
      }
    }
  }
}
