import Tensors

/// The rows and columns of a masked weight that have not left the products yet.
///
/// Those in which all logits have fallen far below ``Tensors/MaskDraw/neverKeptLogit`` leave for good:
/// the regulariser goes on to press their logits down, so that no mask keeps any of them again. The
/// products with the rest are the same. What is lost are the slopes of these logits, of the order of
/// 10⁻⁸ except in rare draws, beside the steady gradient of the regulariser.
///
/// What has left is part of the state of training, so that a resumed run goes on with the same bits.
final class LiveWeights {
  /// Steps between two looks at the logits.
  static let interval = 64
  /// Rows and columns leave when all logits are at or below this one: well below the bound, so that no
  /// momentum brings a weight back.
  private static let bound = -18.0
  /// Blocks of a larger share of the weight are not worth picking out.
  private static let usefulShare = 0.85

  private(set) var block: LiveBlock

  /// Everything lives.
  init(of shape: Shape) {
    block = LiveBlock(
      of: shape, rows: Array(0..<shape[0]), columns: Array(0..<shape[1]))
  }

  /// The block to multiply with; nil for the whole weight.
  var forProducts: LiveBlock? { block.share <= Self.usefulShare ? block : nil }

  /// Looks which rows and columns leave.
  func update<Scalar: TensorScalar>(_ logits: Tensor<Scalar>) {
    block = block.shrunk(to: logits, above: Scalar(Self.bound))
  }

  // MARK: Checkpoints

  /// 1 for every live row and for every live column.
  func state<Scalar: TensorScalar>() -> (rows: Tensor<Scalar>, columns: Tensor<Scalar>) {
    func flags(_ numbers: [Int], of count: Int) -> Tensor<Scalar> {
      var flags = Tensor<Scalar>(zeros: [count])
      for number in numbers { flags[flat: number] = 1 }
      return flags
    }
    return (flags(block.rows, of: block.shape[0]), flags(block.columns, of: block.shape[1]))
  }

  /// Takes over a state; everything lives where there is none.
  func restore<Scalar: TensorScalar>(rows: Tensor<Scalar>?, columns: Tensor<Scalar>?) {
    func numbers(_ flags: Tensor<Scalar>?, of count: Int) -> [Int] {
      guard let flags, flags.count == count else { return Array(0..<count) }
      return (0..<count).filter { flags[flat: $0] != 0 }
    }
    block = LiveBlock(
      of: block.shape, rows: numbers(rows, of: block.shape[0]),
      columns: numbers(columns, of: block.shape[1]))
  }
}
