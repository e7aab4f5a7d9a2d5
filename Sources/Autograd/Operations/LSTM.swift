import Tensors

extension Graph {
  /// A layer of long short-term memory over all steps of packed sequences.
  ///
  /// For every step t, with the gates i, f, g, o as blocks of H rows in this order:
  ///
  ///     z = W x_t + U h_{t−1} + b
  ///     c_t = σ(z_f) ⊙ c_{t−1} + σ(z_i) ⊙ tanh(z_g)
  ///     h_t = σ(z_o) ⊙ tanh(c_t)
  ///
  /// Shapes: x N×I packed by step, W 4H×I, U 4H×H, b 4H or S×4H, initial state B×H each
  /// → hidden N×H, final state B×H each (every sequence's last step).
  /// Edge cases: without an initial state h and c start from 0; B = 0 gives empty results.
  /// Gradient: back through time; the gates' gradients of all steps give dU, dW and db in one
  /// product each.
  /// Complexity: products of N·4H·(I + H); the inputs of all steps are projected at once, and only
  /// once where an input is repeated.
  /// PyTorch equivalent: `nn.LSTM(I, H)` of a packed sequence, with `bias_ih` = b and `bias_hh` = 0.
  ///
  /// - Parameters:
  ///   - x: one row per step; with `repeats` one row per `repeats` steps.
  ///   - layout: where the steps lie, packed by step.
  ///   - repeats: how many steps in a row see the same input.
  ///   - weights: W, U and b.
  ///   - initial: the state before the first step.
  ///   - trace: the forward pass, when a stepper has taken all steps already with the same inputs;
  ///     see ``LSTMStepper``.
  /// - Precondition: `repeats` is 1, or all sequences are equally long and their length is a
  ///   multiple of it.
  public func lstm(
    _ x: Value<Scalar>, layout: SequenceLayout, repeats: Int = 1, weights: LSTMWeights<Scalar>,
    initial: LSTMState<Scalar>? = nil, trace: LSTMTrace<Scalar>? = nil
  ) -> (hidden: Value<Scalar>, final: LSTMState<Scalar>) {
    let recurrence = LSTMRecurrence(
      layout: layout, repeats: repeats, weights: weights, initial: initial)
    recurrence.check(inputs: x.shape)
    let trace = trace ?? recurrence.forward(x.tensor)
    require(
      trace.result.shape == [layout.rows + layout.batch, weights.units],
      "lstm: a trace \(trace.result.shape) of other sequences")
    let states = initial.map { [$0.hidden, $0.cell] } ?? []
    let inputs = [x] + weights.dependencies + states
    let result = record(trace.result, inputs: inputs) { dY, pull in
      recurrence.pullBack(dY, x, trace, pull)
    }
    let hidden = slice(result, axis: 0, 0..<layout.rows)
    let final = LSTMState(
      hidden: gather(hidden, rows: layout.lastRows),
      cell: slice(result, axis: 0, layout.rows..<layout.rows + layout.batch))
    return (hidden, final)
  }
}

enum LSTMChecks: GradientCheckSource {
  static let operation = "LSTM"

  private struct Case {
    var lengths: [Int]
    var inputs = 3
    var units = 2
    var samples = 1
    /// Whether the weights, not only the batch, come in samples.
    var hasSampledWeights = true
    var repeats = 1
    var hasBias = true
    var hasState = false

    var layout: SequenceLayout {
      SequenceLayout(lengths: lengths, samples: samples, packing: .byStep)
    }

    var shapes: [Shape] {
      let axis = samples > 1 && hasSampledWeights ? [samples] : []
      let states: [Shape] = hasState ? [[lengths.count, units], [lengths.count, units]] : []
      return [
        [layout.rows / repeats, inputs], Shape(axis + [4 * units, inputs]),
        Shape(axis + [4 * units, units]),
      ] + (hasBias ? [Shape(axis + [4 * units])] : []) + states
    }

    var description: String {
      shapes.map(\.description).joined(separator: ", ")
        + " lengths \(lengths)\(repeats > 1 ? " repeats \(repeats)" : "")"
    }
  }

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let cases = [
      Case(lengths: [3, 3]), Case(lengths: [1], inputs: 1, units: 1), Case(lengths: [2, 4, 1]),
      Case(lengths: [2, 2], hasBias: false), Case(lengths: [1, 3, 2], hasState: true),
      Case(lengths: [2, 2], hasState: true),
      Case(lengths: [2, 3, 3, 1], samples: 2), Case(lengths: [2, 2, 3, 3], samples: 2),
      Case(lengths: [3, 1, 2, 2], samples: 2, hasState: true),
      Case(lengths: [3, 1], samples: 2, hasSampledWeights: false),
      Case(lengths: [3, 3], repeats: 3), Case(lengths: [4, 4], samples: 2, repeats: 2),
      Case(lengths: [2, 2], repeats: 2, hasState: true), Case(lengths: [2, 1], inputs: 0),
      Case(lengths: [2, 3], units: 4), Case(lengths: [2, 1], units: 0), Case(lengths: []),
    ]
    return cases.map { sample($0) } + [
      OperationSample(
        "reused weights", inputs: [.init([4, 2]), .init([8, 2]), .init([8, 2]), .init([8])]
      ) { graph, v in
        let layout = SequenceLayout(lengths: [1, 3], packing: .byStep)
        let weights = LSTMWeights(
          input: LinearMap(v[1]), recurrent: LinearMap(v[2]), bias: v[3])
        let first = graph.lstm(v[0], layout: layout, weights: weights)
        let second = graph.lstm(
          first.hidden, layout: layout, weights: weights, initial: first.final)
        return graph.concatenate(
          [second.hidden, second.final.hidden, second.final.cell, first.hidden], axis: 0)
      },
      OperationSample("one matrix for all", inputs: [.init([4, 1])]) { graph, v in
        let layout = SequenceLayout(lengths: [2, 2], packing: .byStep)
        let weights = LSTMWeights(input: LinearMap(v[0]), recurrent: LinearMap(v[0]), bias: nil)
        return graph.lstm(v[0], layout: layout, weights: weights).hidden
      },
    ]
  }

  private static func sample<Scalar>(_ test: Case) -> OperationSample<Scalar> {
    var withoutEffect: Set<Int> = []
    if test.layout.rows * test.units == 0 { withoutEffect = [0, 1, 2, 3] }
    // A recurrent matrix without a previous hidden state.
    if test.lengths == [1] && !test.hasState { withoutEffect.insert(2) }
    return OperationSample(
      test.description, inputs: test.shapes.map { .init($0) },
      inputsWithoutEffect: withoutEffect
    ) { graph, v in
      let weights = LSTMWeights(
        input: LinearMap(v[1]), recurrent: LinearMap(v[2]), bias: test.hasBias ? v[3] : nil)
      let initial =
        test.hasState ? LSTMState(hidden: v[v.count - 2], cell: v[v.count - 1]) : nil
      let y = graph.lstm(
        v[0], layout: test.layout, repeats: test.repeats, weights: weights, initial: initial)
      return graph.concatenate([y.hidden, y.final.hidden, y.final.cell], axis: 0)
    }
  }
}
