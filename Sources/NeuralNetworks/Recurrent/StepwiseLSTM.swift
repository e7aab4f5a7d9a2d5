import Autograd
import Tensors

/// A layer of long short-term memory made of operations, step after step, for passes in which
/// something is done to its state; the equations are those of
/// ``Autograd/Graph/lstm(_:layout:repeats:weights:initial:trace:)``.
///
/// Rows within a step are those of the sequences that have it, in the order of the layout.
struct StepwiseLSTM<Scalar: TensorScalar> {
  let layout: SequenceLayout
  let repeats: Int
  let weights: LSTMWeights<Scalar>
  let graph: Graph<Scalar>

  /// The hidden states, N×H in the order of the layout, and the final state.
  ///
  /// - Parameters:
  ///   - x: one row per step; with `repeats` one row per `repeats` steps.
  ///   - initial: the state before the first step; zeros when nil.
  ///   - change: what stands in place of h after every step, for all that follows.
  func forward(
    _ x: Value<Scalar>, initial: LSTMState<Scalar>?,
    _ change: (Value<Scalar>) -> Value<Scalar>
  ) -> (hidden: Value<Scalar>, final: LSTMState<Scalar>) {
    let inputs =
      repeats == 1
      ? layout
      : SequenceLayout(
        batch: layout.batch, length: layout.longest / repeats, samples: layout.samples,
        packing: .byStep)
    // W x + b of all steps at once.
    let projection = graph.linear(
      x, map: weights.input, bias: weights.bias, groups: inputs.groups)
    var hidden: [Value<Scalar>] = []
    var cells: [Value<Scalar>] = []
    var before = initial.map { ranked($0) }
    for step in 0..<layout.longest {
      let active = layout.rows(atStep: step)
      let inputRows = inputs.rows(atStep: step / repeats).flatMap { $0.row..<$0.row + $0.count }
      if step > 0 { before = before.map { going($0, from: step - 1, to: active) } }
      var z = graph.gather(projection, rows: inputRows)
      if let before { z = graph.add(z, recurrent(before.hidden, active)) }
      let state = next(z, before?.cell)
      let h = change(state.hidden)
      hidden.append(h)
      cells.append(state.cell)
      before = LSTMState(hidden: h, cell: state.cell)
    }
    let (allHidden, allCells) = (packed(hidden), packed(cells))
    return (
      allHidden,
      LSTMState(
        hidden: graph.gather(allHidden, rows: layout.lastRows),
        cell: graph.gather(allCells, rows: layout.lastRows))
    )
  }

  /// c = σ(z_f) ⊙ c₋ + σ(z_i) ⊙ tanh(z_g), h = σ(z_o) ⊙ tanh(c).
  private func next(_ z: Value<Scalar>, _ before: Value<Scalar>?) -> LSTMState<Scalar> {
    let units = weights.units
    func gate(_ number: Int) -> Value<Scalar> {
      graph.slice(z, axis: 1, number * units..<(number + 1) * units)
    }
    var cell = graph.multiply(graph.sigmoid(gate(0)), graph.tanh(gate(2)))
    if let before {
      cell = graph.add(graph.multiply(graph.sigmoid(gate(1)), before), cell)
    }
    return LSTMState(
      hidden: graph.multiply(graph.sigmoid(gate(3)), graph.tanh(cell)), cell: cell)
  }

  /// U h, for the sequences of a step.
  private func recurrent(_ hidden: Value<Scalar>, _ active: [StepRows]) -> Value<Scalar> {
    var starts = [0]
    for slice in 0..<layout.samples {
      let count = active.first { $0.slice == slice }?.count ?? 0
      starts.append(starts[slice] + count)
    }
    return graph.linear(hidden, map: weights.recurrent, groups: RowGroups(starts: starts))
  }

  /// The state of the sequences that go on after a step.
  private func going(
    _ state: LSTMState<Scalar>, from step: Int, to active: [StepRows]
  ) -> LSTMState<Scalar> {
    var rows: [Int] = []
    var start = 0
    for part in layout.rows(atStep: step) {
      let count = active.first { $0.slice == part.slice }?.count ?? 0
      rows += start..<start + count
      start += part.count
    }
    guard rows.count < start else { return state }
    return LSTMState(
      hidden: graph.gather(state.hidden, rows: rows), cell: graph.gather(state.cell, rows: rows))
  }

  /// The initial state in the order of the rows of the first step.
  private func ranked(_ state: LSTMState<Scalar>) -> LSTMState<Scalar> {
    LSTMState(
      hidden: graph.gather(state.hidden, rows: layout.order),
      cell: graph.gather(state.cell, rows: layout.order))
  }

  /// The rows of all steps, in the order of the layout.
  private func packed(_ steps: [Value<Scalar>]) -> Value<Scalar> {
    let joined = graph.concatenate(steps, axis: 0)
    var sources = [Int](repeating: 0, count: layout.rows)
    var source = 0
    for step in 0..<layout.longest {
      for part in layout.rows(atStep: step) {
        for row in part.row..<part.row + part.count {
          sources[row] = source
          source += 1
        }
      }
    }
    return graph.gather(joined, rows: sources)
  }
}
