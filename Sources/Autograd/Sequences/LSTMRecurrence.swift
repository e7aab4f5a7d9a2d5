import Tensors

/// The recurrence of an LSTM layer over packed sequences, forwards and backwards.
struct LSTMRecurrence<Scalar: TensorScalar> {
  let layout: SequenceLayout
  /// The layout of the inputs: every input serves `repeats` steps.
  let inputLayout: SequenceLayout
  let repeats: Int
  let weights: LSTMWeights<Scalar>
  let initial: LSTMState<Scalar>?
  /// The initial states in the order of ranks.
  let firstHidden: Tensor<Scalar>?
  private let firstCells: Tensor<Scalar>?
  let biasLayout: BiasLayout?
  /// H.
  let units: Int

  init(
    layout: SequenceLayout, repeats: Int, weights: LSTMWeights<Scalar>,
    initial: LSTMState<Scalar>?
  ) {
    require(layout.packing == .byStep, "lstm: sequences that are not packed by step")
    require(
      repeats == 1
        || (repeats > 0
          && layout.lengths.allSatisfy { $0 == layout.longest && $0 % repeats == 0 }),
      "lstm: \(repeats) steps per input for sequences of lengths \(layout.lengths)")
    inputLayout =
      repeats == 1
      ? layout
      : SequenceLayout(
        batch: layout.batch, length: layout.longest / repeats, samples: layout.samples,
        packing: .byStep)
    units = weights.units
    for samples in [weights.input.samples, weights.recurrent.samples] {
      require(
        samples == 1 || samples == layout.samples,
        "lstm: \(samples) weight samples for \(layout.samples) slices")
    }
    if let initial {
      require(
        initial.hidden.shape == [layout.batch, units],
        "lstm: a state \(initial.hidden.shape) for \(layout.batch) sequences and \(units) units")
    }
    self.layout = layout
    self.repeats = repeats
    self.weights = weights
    self.initial = initial
    firstHidden = initial.map { layout.ranked($0.hidden.tensor) }
    firstCells = initial.map { layout.ranked($0.cell.tensor) }
    biasLayout = weights.bias.map { [inputLayout, units] bias in
      BiasLayout(
        x: [inputLayout.rows, 4 * units], bias: bias.shape, groups: inputLayout.groups,
        operation: "lstm")
    }
  }

  // MARK: Forward

  /// Stops the program unless the inputs fit.
  func check(inputs x: Shape) {
    require(
      x.rank == 2 && x[0] == inputLayout.rows && x[1] == weights.input.inputs,
      "lstm: a map from \(weights.input.inputs) for a value \(x) of \(inputLayout.rows) rows")
  }

  func forward(_ x: Tensor<Scalar>) -> LSTMTrace<Scalar> {
    var trace = LSTMTrace<Scalar>(rows: layout.rows, batch: layout.batch, units: units)
    let projection = project(x, into: &trace.gates)
    for step in 0..<layout.longest { take(step, projection, &trace) }
    writeFinalCells(of: &trace)
    return trace
  }

  /// Takes a step, whose inputs have been projected.
  func take(_ step: Int, _ projection: Tensor<Scalar>?, _ trace: inout LSTMTrace<Scalar>) {
    addRecurrence(step, trace.result, into: &trace.gates, projection)
    for part in layout.rows(atStep: step) {
      activate(
        part, step, &trace.gates, projection, &trace.cells, &trace.tanhCells, &trace.result)
    }
  }

  /// W x of all inputs: straight into the gates, or apart when an input serves several steps.
  private func project(
    _ x: Tensor<Scalar>, into gates: inout Tensor<Scalar>
  ) -> Tensor<Scalar>? {
    let blocks = inputLayout.allRows(forMapOf: weights.input.samples)
    guard repeats > 1 else {
      weights.input.multiply(x, into: &gates, blocks: blocks, adds: false)
      return nil
    }
    var projection = Tensor<Scalar>(uninitialized: [inputLayout.rows, 4 * units])
    weights.input.multiply(x, into: &projection, blocks: blocks, adds: false)
    return projection
  }

  /// U h of the step before. Without one, the gates of a repeated input start from its projection.
  private func addRecurrence(
    _ step: Int, _ hidden: Tensor<Scalar>, into gates: inout Tensor<Scalar>,
    _ projection: Tensor<Scalar>?
  ) {
    let adds = projection == nil
    if step > 0 {
      let blocks = layout.transition(toStep: step, forMapOf: weights.recurrent.samples)
      weights.recurrent.multiply(hidden, into: &gates, blocks: blocks, adds: adds)
    } else if let firstHidden {
      let blocks = layout.transition(
        fromRanksToStep: 0, forMapOf: weights.recurrent.samples)
      weights.recurrent.multiply(firstHidden, into: &gates, blocks: blocks, adds: adds)
    } else if projection != nil {
      gates.write { gates in
        for part in layout.rows(atStep: 0) {
          Scalar.fill(part.count * 4 * units, 0, gates + part.row * 4 * units)
        }
      }
    }
  }

  private func activate(
    _ part: StepRows, _ step: Int, _ gates: inout Tensor<Scalar>, _ projection: Tensor<Scalar>?,
    _ cells: inout Tensor<Scalar>, _ tanhCells: inout Tensor<Scalar>,
    _ result: inout Tensor<Scalar>
  ) {
    let at = part.row * units
    let projectionRow = inputRow(part, step) * 4 * units
    gates.write { gates in
      tanhCells.write { tanhCells in
        result.write { hidden in
          cells.write { cells in
            weights.withBias(ofSlice: part.slice, in: inputLayout) { bias in
              withAddress(projection) { projection in
                withPrevious(part, step, Scalar.In(cells)) { previous in
                  Scalar.lstmForward(
                    part.count, units, gates: gates + 4 * at,
                    projection: projection.map { $0 + projectionRow }, bias: bias,
                    previous: previous, cells: cells + at, tanhCells: tanhCells + at,
                    hidden: hidden + at)
                }
              }
            }
          }
        }
      }
    }
  }

  /// Ends a forward pass.
  func writeFinalCells(of trace: inout LSTMTrace<Scalar>) {
    trace.cells.read { cells in
      trace.result.write { result in
        for (element, row) in layout.lastRows.enumerated() {
          (result + (layout.rows + element) * units).update(
            from: cells + row * units, count: units)
        }
      }
    }
  }

  // MARK: Addresses

  /// The row of the input that serves a step.
  func inputRow(_ part: StepRows, _ step: Int) -> Int {
    inputLayout.start(slice: part.slice, step: step / repeats)
  }

  func withAddress(_ tensor: Tensor<Scalar>?, _ body: (Scalar.In?) -> Void) {
    if let tensor { tensor.read { body($0) } } else { body(nil) }
  }

  /// The cells before a step.
  func withPrevious(
    _ part: StepRows, _ step: Int, _ cells: Scalar.In, _ body: (Scalar.In?) -> Void
  ) {
    if step > 0 {
      body(cells + layout.start(slice: part.slice, step: step - 1) * units)
    } else {
      withAddress(firstCells) { body($0.map { $0 + part.rank * units }) }
    }
  }
}
