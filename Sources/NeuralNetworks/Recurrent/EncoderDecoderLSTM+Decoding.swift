import Autograd
import Tensors

extension EncoderDecoderLSTM {
  /// Steps after which sequences that have ended are left out of the batch.
  private var stride: Int { 8 }

  /// Greedy answers.
  public func decode(
    _ inputs: [[Int]], steps: Int, in pass: ForwardPass<Scalar>
  ) -> [[Int]] {
    decode(inputs, steps: steps, droppingInputs: false, in: pass)
  }

  /// Greedy answers, with dropout on the vectors of the decoder's own tokens if asked for.
  ///
  /// The published code of Csordás et al. leaves this dropout on while it judges trained networks,
  /// so that its accuracies before masks are trained are lower than they could be.
  ///
  /// - Parameters:
  ///   - inputs: the input sequences.
  ///   - steps: the number of tokens, end mark included, after which an answer without end is cut.
  ///   - droppingInputs: whether the vectors go through dropout; the pass then needs randomness.
  ///   - pass: the circumstances.
  /// - Returns: the tokens before the end mark.
  public func decode(
    _ inputs: [[Int]], steps: Int, droppingInputs: Bool, in pass: ForwardPass<Scalar>
  ) -> [[Int]] {
    guard !inputs.isEmpty, steps > 0 else { return inputs.map { _ in [] } }
    var answers = inputs.map { _ in [Int]() }
    var running = Array(inputs.indices)
    var last = inputs.map { _ in outputMark }
    var states = encode(inputs, in: pass)
    var taken = 0
    while taken < steps, !running.isEmpty {
      // The slices of weight samples are equally large, so that no sequence can be left out.
      let length = pass.samples == 1 ? min(stride, steps - taken) : steps - taken
      let layout = SequenceLayout(
        batch: running.count, length: length, samples: pass.samples, packing: .byStep)
      var rollout = rollout(
        from: states, layout: layout, call: taken, dropsInputs: droppingInputs, in: pass)
      let tokens = rollout.run(first: last, stop: outputMark)
      for (position, element) in running.enumerated() {
        answers[element] += tokens[position].prefix { $0 != outputMark }
      }
      let going = running.indices.filter { !tokens[$0].contains(outputMark) }
      if !going.isEmpty { states = rollout.states(of: going) }
      last = going.map { tokens[$0].last ?? outputMark }
      running = going.map { running[$0] }
      taken += length
    }
    return answers
  }

  /// The most probable tokens, as many of every sequence as it has steps, and the forward passes of
  /// the layers that found them.
  func ownTokens(
    from states: [LSTMState<Scalar>], layout: SequenceLayout, in pass: ForwardPass<Scalar>
  ) -> (tokens: [[Int]], traces: [LSTMTrace<Scalar>]) {
    var rollout = rollout(
      from: states, layout: layout, call: 0, dropsInputs: pass.dropsOut, in: pass)
    let tokens = rollout.run(first: layout.lengths.map { _ in outputMark }, stop: nil)
    return (tokens, rollout.traces())
  }

  private func rollout(
    from states: [LSTMState<Scalar>], layout: SequenceLayout, call: Int, dropsInputs: Bool,
    in pass: ForwardPass<Scalar>
  ) -> LSTMRollout<Scalar> {
    let inputPass = ForwardPass(
      graph: pass.graph, phase: pass.phase, dropsOut: dropsInputs, source: pass.source,
      random: pass.random, step: pass.step)
    return LSTMRollout(
      embedding: decoderEmbedding,
      embeddingFactors: decoderDropout.factors(
        [layout.rows, settings.embedding], call: call, in: inputPass),
      lstm: decoder, output: output, layout: layout, initial: states, in: pass)
  }
}
