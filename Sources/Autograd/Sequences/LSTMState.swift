import Tensors

/// What a recurrent layer remembers of every sequence of a batch, in the order of the batch.
public struct LSTMState<Scalar: TensorScalar> {
  /// h, B×H.
  public let hidden: Value<Scalar>
  /// c, B×H.
  public let cell: Value<Scalar>

  /// A state.
  public init(hidden: Value<Scalar>, cell: Value<Scalar>) {
    require(
      hidden.shape.rank == 2 && hidden.shape == cell.shape,
      "state of hidden \(hidden.shape) and cell \(cell.shape)")
    self.hidden = hidden
    self.cell = cell
  }
}

/// The parameters of an LSTM layer, as the circumstances of a pass present them.
public struct LSTMWeights<Scalar: TensorScalar> {
  /// 4H×I, rows in the order of the gates i, f, g, o.
  public let input: LinearMap<Scalar>
  /// 4H×H.
  public let recurrent: LinearMap<Scalar>
  /// 4H or S×4H.
  public let bias: Value<Scalar>?

  /// The parameters of a layer.
  ///
  /// - Precondition: maps from I to 4H and from H to 4H.
  public init(
    input: LinearMap<Scalar>, recurrent: LinearMap<Scalar>, bias: Value<Scalar>?
  ) {
    require(
      input.outputs == 4 * recurrent.inputs && recurrent.outputs == 4 * recurrent.inputs,
      "an LSTM of maps \(input.inputs) to \(input.outputs) and \(recurrent.inputs) to "
        + "\(recurrent.outputs)")
    self.input = input
    self.recurrent = recurrent
    self.bias = bias
  }

  /// H.
  public var units: Int { recurrent.inputs }

  /// Everything the layer's result depends on, apart from its inputs.
  var dependencies: [Value<Scalar>] {
    input.dependencies + recurrent.dependencies + (bias.map { [$0] } ?? [])
  }

  /// Calls `body` with the bias of a slice of a layout.
  func withBias(ofSlice slice: Int, in layout: SequenceLayout, _ body: (Scalar.In?) -> Void) {
    guard let bias else { return body(nil) }
    let samples = bias.shape.rank == 2 ? bias.shape[0] : 1
    let start = layout.groups.sample(serving: slice, of: samples) * 4 * units
    bias.tensor.read { body($0 + start) }
  }
}
