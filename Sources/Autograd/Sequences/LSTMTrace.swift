import Tensors

/// What the forward pass of an LSTM layer leaves for the backward pass.
public struct LSTMTrace<Scalar: TensorScalar> {
  /// h of all rows, then the final c of every element: (N + B)×H.
  var result: Tensor<Scalar>
  /// The activated gates, N×4H.
  var gates: Tensor<Scalar>
  /// c, N×H.
  var cells: Tensor<Scalar>
  /// tanh c, N×H.
  var tanhCells: Tensor<Scalar>

  /// Undefined numbers, to be overwritten step by step.
  init(rows: Int, batch: Int, units: Int) {
    result = Tensor(uninitialized: [rows + batch, units])
    gates = Tensor(uninitialized: [rows, 4 * units])
    cells = Tensor(uninitialized: [rows, units])
    tanhCells = Tensor(uninitialized: [rows, units])
  }
}
