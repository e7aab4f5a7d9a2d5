import Tensors

/// A layer of long short-term memory that takes one step after the other, without a tape: for
/// decoding, where the next input depends on the last output.
///
/// Afterwards the layer can be recorded with all its inputs at once, without computing it again:
/// ``Graph/lstm(_:layout:repeats:weights:initial:trace:)``.
public struct LSTMStepper<Scalar: TensorScalar> {
  private let recurrence: LSTMRecurrence<Scalar>
  private var trace: LSTMTrace<Scalar>

  /// The layer before the first step.
  ///
  /// - Parameters:
  ///   - weights: its parameters.
  ///   - layout: which elements have which steps, packed by step.
  ///   - initial: the state before the first step; zeros when nil.
  public init(
    weights: LSTMWeights<Scalar>, layout: SequenceLayout, initial: LSTMState<Scalar>? = nil
  ) {
    recurrence = LSTMRecurrence(layout: layout, repeats: 1, weights: weights, initial: initial)
    trace = LSTMTrace(rows: layout.rows, batch: layout.batch, units: weights.units)
  }

  /// h of the steps taken, in rows of the layout; the other rows, and those beyond, are undefined.
  public var hidden: Tensor<Scalar> { trace.result }

  /// Replaces h in some rows, for the steps to come and for what reads ``hidden``.
  public mutating func replaceHidden(rows: [Int], by values: Tensor<Scalar>) {
    let units = recurrence.units
    require(
      values.shape == [rows.count, units], "states \(values.shape) for \(rows.count) rows")
    trace.result.write { hidden in
      values.read { values in
        for (source, row) in rows.enumerated() {
          (hidden + row * units).update(from: values + source * units, count: units)
        }
      }
    }
  }

  /// Takes a step.
  ///
  /// - Parameters:
  ///   - step: its number; steps are taken in order.
  ///   - x: the inputs, of which the rows of the step are read.
  public mutating func take(step: Int, _ x: Tensor<Scalar>) {
    let (layout, input) = (recurrence.layout, recurrence.weights.input)
    input.multiply(
      x, into: &trace.gates, blocks: layout.blocks(atStep: step, forMapOf: input.samples),
      adds: false)
    recurrence.take(step, nil, &trace)
  }

  /// The forward pass after the last step.
  public mutating func finished() -> LSTMTrace<Scalar> {
    recurrence.writeFinalCells(of: &trace)
    return trace
  }
}

extension LSTMTrace {
  /// h and c after every element's last step, B×H each in the order of the batch.
  public func finalState(
    _ layout: SequenceLayout
  ) -> (hidden: Tensor<Scalar>, cell: Tensor<Scalar>) {
    (
      result.gatheringRows(layout.lastRows),
      result.rows(layout.rows..<layout.rows + layout.batch)
    )
  }
}
