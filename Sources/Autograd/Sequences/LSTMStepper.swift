import Tensors

/// A layer of long short-term memory that takes one step after the other, without a tape: for
/// decoding, where the next input depends on the last output.
///
/// States and inputs are rows in the order of the layout's ranks, B in all; a step touches the
/// elements that have it.
public struct LSTMStepper<Scalar: TensorScalar> {
  private let weights: LSTMWeights<Scalar>
  private let layout: SequenceLayout
  /// h, B×H by rank.
  public private(set) var hidden: Tensor<Scalar>
  private var cells: Tensor<Scalar>
  private var gates: Tensor<Scalar>
  private var tanhCells: Tensor<Scalar>

  /// The layer before the first step.
  ///
  /// - Parameters:
  ///   - weights: its parameters.
  ///   - layout: which elements have which steps, packed by step.
  ///   - initial: the state before the first step; zeros when nil.
  public init(
    weights: LSTMWeights<Scalar>, layout: SequenceLayout, initial: LSTMState<Scalar>? = nil
  ) {
    let (batch, units) = (layout.batch, weights.units)
    precondition(
      initial?.hidden.shape ?? [batch, units] == [batch, units],
      "a state for \(batch) sequences and \(units) units")
    self.weights = weights
    self.layout = layout
    hidden = initial.map { layout.ranked($0.hidden.tensor) } ?? Tensor(zeros: [batch, units])
    cells = initial.map { layout.ranked($0.cell.tensor) } ?? Tensor(zeros: [batch, units])
    gates = Tensor(uninitialized: [batch, 4 * units])
    tanhCells = Tensor(uninitialized: [batch, units])
  }

  /// h and c after the last step taken, B×H each in the order of the batch.
  public var state: (hidden: Tensor<Scalar>, cell: Tensor<Scalar>) {
    (layout.unranked(hidden), layout.unranked(cells))
  }

  /// Takes a step.
  ///
  /// - Parameters:
  ///   - step: its number; steps are taken in order.
  ///   - x: the inputs, B×I by rank.
  public mutating func take(step: Int, _ x: Tensor<Scalar>) {
    precondition(
      x.shape == [layout.batch, weights.input.inputs],
      "a step of \(layout.batch) sequences with inputs \(x.shape)")
    weights.input.multiply(
      x, into: &gates, blocks: layout.ranks(atStep: step, forMapOf: weights.input.samples),
      adds: false)
    weights.recurrent.multiply(
      hidden, into: &gates,
      blocks: layout.ranks(atStep: step, forMapOf: weights.recurrent.samples), adds: true)
    for part in layout.rows(atStep: step) {
      Self.activate(part, weights, &gates, &cells, &tanhCells, &hidden)
    }
  }

  private static func activate(
    _ part: StepRows, _ weights: LSTMWeights<Scalar>, _ gates: inout Tensor<Scalar>,
    _ cells: inout Tensor<Scalar>, _ tanhCells: inout Tensor<Scalar>,
    _ hidden: inout Tensor<Scalar>
  ) {
    let at = part.rank * weights.units
    gates.write { gates in
      cells.write { cells in
        tanhCells.write { tanhCells in
          hidden.write { hidden in
            weights.withBias(ofSlice: part.slice) { bias in
              Scalar.lstmForward(
                part.count, weights.units, gates: gates + 4 * at, projection: nil, bias: bias,
                previous: Scalar.In(cells + at), cells: cells + at, tanhCells: tanhCells + at,
                hidden: hidden + at)
            }
          }
        }
      }
    }
  }
}
