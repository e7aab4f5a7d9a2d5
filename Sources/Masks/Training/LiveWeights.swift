import Tensors

/// The rows and columns of a masked weight that have not left the products yet.
///
/// Those in which all logits have fallen far below ``Tensors/MaskDraw/neverKeptLogit`` leave for good:
/// the regulariser goes on to press their logits down, so that no mask keeps any of them again. The
/// products with the rest are the same. What is lost are the slopes of these logits, of the order of
/// 10⁻⁸ except in rare draws, beside the steady gradient of the regulariser.
///
/// What has left is part of the state of training, so that a resumed run goes on with the same bits.
final class LiveWeights<Scalar: TensorScalar> {
  /// Steps between two looks at the logits.
  static var interval: Int { 64 }
  /// Rows and columns leave when all logits are at or below this one: well below the bound, so that no
  /// momentum brings a weight back.
  private static var bound: Scalar { -18 }
  /// Blocks of a larger share of the weight are not worth picking out.
  private static var usefulShare: Double { 0.85 }

  private(set) var block: LiveBlock {
    didSet { part = nil }
  }
  private var part: LivePart<Scalar>?

  /// Everything lives.
  init(of shape: Shape) {
    block = LiveBlock(
      of: shape, rows: Array(0..<shape[0]), columns: Array(0..<shape[1]))
  }

  /// What to multiply with of the weight, which is always the same; nil for all of it.
  func part(of weight: Tensor<Scalar>) -> LivePart<Scalar>? {
    guard block.share <= Self.usefulShare else { return nil }
    let part = part ?? LivePart(of: weight, block)
    self.part = part
    return part
  }

  /// Looks which rows and columns leave.
  func update(_ logits: Tensor<Scalar>) {
    let smaller = block.shrunk(to: logits, above: Self.bound)
    if smaller != block { block = smaller }
  }

  // MARK: Checkpoints

  /// 1 for every live row and for every live column.
  func state() -> (rows: Tensor<Scalar>, columns: Tensor<Scalar>) {
    func flags(_ numbers: [Int], of count: Int) -> Tensor<Scalar> {
      var flags = Tensor<Scalar>(zeros: [count])
      for number in numbers { flags[flat: number] = 1 }
      return flags
    }
    return (flags(block.rows, of: block.shape[0]), flags(block.columns, of: block.shape[1]))
  }

  /// Takes over a state; everything lives where there is none.
  func restore(rows: Tensor<Scalar>?, columns: Tensor<Scalar>?) {
    func numbers(_ flags: Tensor<Scalar>?, of count: Int) -> [Int] {
      guard let flags, flags.count == count else { return Array(0..<count) }
      return (0..<count).filter { flags[flat: $0] != 0 }
    }
    block = LiveBlock(
      of: block.shape, rows: numbers(rows, of: block.shape[0]),
      columns: numbers(columns, of: block.shape[1]))
  }
}
