import Tensors

extension LSTMRecurrence {
  func pullBack(
    _ dY: Tensor<Scalar>, _ x: Value<Scalar>, _ trace: LSTMTrace<Scalar>, _ pull: Pull<Scalar>
  ) {
    var dGates = Tensor<Scalar>(uninitialized: [layout.rows, 4 * units])
    // The gradients that later steps send back, by rank. Elements whose last step is yet to come
    // have received nothing.
    var dHidden = Tensor<Scalar>(zeros: [layout.batch, units])
    var dCells = layout.ranked(dY, from: layout.rows)
    let wantsState = initial.map { pull.wants($0.hidden) } ?? false
    for step in stride(from: layout.longest - 1, through: 0, by: -1) {
      for part in layout.rows(atStep: step) {
        differentiate(part, step, trace, dY, dHidden, &dCells, &dGates)
      }
      guard step > 0 || wantsState else { continue }
      let blocks = layout.transition(fromRanksToStep: step, forMapOf: weights.recurrent.samples)
      weights.recurrent.multiplyTransposed(dGates, into: &dHidden, blocks: blocks, adds: false)
    }
    if let initial {
      pull.add(layout.unranked(dHidden), to: initial.hidden)
      pull.add(layout.unranked(dCells), to: initial.cell)
    }
    addRecurrentGradient(trace, dGates, pull)
    addInputGradients(repeats == 1 ? dGates : sumOverRepeats(dGates), x, pull)
  }

  private func differentiate(
    _ part: StepRows, _ step: Int, _ trace: LSTMTrace<Scalar>, _ dY: Tensor<Scalar>,
    _ dHidden: Tensor<Scalar>, _ dCells: inout Tensor<Scalar>, _ dGates: inout Tensor<Scalar>
  ) {
    let at = part.row * units
    let state = part.rank * units
    trace.gates.read { gates in
      trace.tanhCells.read { tanhCells in
        dY.read { dY in
          dHidden.read { dHidden in
            dCells.write { dCells in
              dGates.write { dGates in
                trace.cells.read { cells in
                  withPrevious(part, step, cells) { previous in
                    Scalar.lstmBackward(
                      part.count, units, gates: gates + 4 * at, previous: previous,
                      tanhCells: tanhCells + at, dHidden: dY + at, dHiddenLater: dHidden + state,
                      dCells: dCells + state, dGates: dGates + 4 * at)
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// dU = Σ dz h_{t−1}ᵀ over all steps that have an h before them, in one product.
  private func addRecurrentGradient(
    _ trace: LSTMTrace<Scalar>, _ dGates: Tensor<Scalar>, _ pull: Pull<Scalar>
  ) {
    guard weights.recurrent.dependencies.contains(where: { pull.wants($0) }) else { return }
    let mapSamples = weights.recurrent.samples
    // Equally long elements: h_{t−1} of all steps lies in one piece already.
    let isContiguous = firstHidden == nil && layout.hasEvenSlices
    let blocks = (0..<layout.samples).map { slice in
      let rows = layout.groups[slice]
      let skipped = firstHidden == nil ? layout.activeCount(slice: slice, step: 0) : 0
      return RowBlock(
        sample: layout.groups.sample(serving: slice, of: mapSamples),
        inputRow: isContiguous ? rows.lowerBound : rows.lowerBound + skipped,
        outputRow: rows.lowerBound + skipped, count: rows.count - skipped)
    }
    let before = isContiguous ? trace.result : previousHidden(trace.result)
    weights.recurrent.addGradient(x: before, dY: dGates, blocks: blocks, pull: pull)
  }

  /// h_{t−1} at the row of step t; rows of step 0 without an initial state are undefined.
  private func previousHidden(_ hidden: Tensor<Scalar>) -> Tensor<Scalar> {
    var before = Tensor<Scalar>(uninitialized: [layout.rows, units])
    before.write { before in
      hidden.read { hidden in
        withAddress(firstHidden) { first in
          for step in 0..<layout.longest {
            for part in layout.rows(atStep: step) {
              let target = before + part.row * units
              let count = part.count * units
              if step > 0 {
                let row = layout.start(slice: part.slice, step: step - 1)
                target.update(from: hidden + row * units, count: count)
              } else if let first {
                target.update(from: first + part.rank * units, count: count)
              }
            }
          }
        }
      }
    }
    return before
  }

  private func sumOverRepeats(_ dGates: Tensor<Scalar>) -> Tensor<Scalar> {
    var sum = Tensor<Scalar>(zeros: [inputLayout.rows, 4 * units])
    sum.write { sum in
      dGates.read { dGates in
        for step in 0..<layout.longest {
          for part in layout.rows(atStep: step) {
            let target = sum + inputRow(part, step) * 4 * units
            Scalar.add(
              part.count * 4 * units, target, dGates + part.row * 4 * units, target)
          }
        }
      }
    }
    return sum
  }

  private func addInputGradients(
    _ dZ: Tensor<Scalar>, _ x: Value<Scalar>, _ pull: Pull<Scalar>
  ) {
    let blocks = inputLayout.allRows(forMapOf: weights.input.samples)
    weights.input.addGradient(x: x.tensor, dY: dZ, blocks: blocks, pull: pull)
    if let bias = weights.bias, let biasLayout {
      pull.accumulate(into: bias) { dBias, adds in
        biasLayout.addGradient(of: dZ, to: &dBias, adds: adds)
      }
    }
    pull.accumulate(into: x) { dX, adds in
      weights.input.multiplyTransposed(dZ, into: &dX, blocks: blocks, adds: adds)
    }
  }
}
