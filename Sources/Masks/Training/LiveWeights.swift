import Autograd
import NeuralNetworks
import Tensors

/// The rows and columns of a masked weight that have not left the products yet.
///
/// Those in which all logits have fallen far below ``Tensors/MaskDraw/neverKeptLogit`` leave for good:
/// the regulariser goes on to press their logits down, so that no mask keeps any of them again. The
/// products with the rest are the same. What is lost are the slopes of these logits, of the order of
/// 10⁻⁸ except in rare draws, beside the steady gradient of the regulariser.
///
/// Where that gradient is the same for all logits, those of the block that is left are trained apart:
/// a step then sees nothing of what has left. See ``SettledLogits`` and ``FrozenGradients``.
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

  private(set) var block: LiveBlock
  /// Whether the logits of the block are trained apart from the others.
  var isApart = false
  /// The logits of the block and their gradient while they are trained apart; nil otherwise.
  private(set) var logits: (parameter: Parameter<Scalar>, gradient: GradientBuffer<Scalar>)?
  /// What the block has of the weight.
  private var weight: Parameter<Scalar>?

  /// Everything lives.
  init(of shape: Shape) {
    block = LiveBlock(
      of: shape, rows: Array(0..<shape[0]), columns: Array(0..<shape[1]))
  }

  /// What products need of the weight; nil for all of it.
  var part: LiveBlock? { block.share <= Self.usefulShare ? block : nil }

  /// What the block has of the weight, which is always the same.
  func weight(of whole: Parameter<Scalar>) -> Parameter<Scalar> {
    if let weight { return weight }
    let part = Parameter(
      name: whole.name, role: whole.role, value: whole.value.elements(of: block))
    weight = part
    return part
  }

  /// The block without the rows and columns that leave.
  func remaining(_ logits: Tensor<Scalar>) -> LiveBlock {
    block.shrunk(to: logits, above: Self.bound)
  }

  /// Goes on with a block.
  ///
  /// - Parameters:
  ///   - block: it.
  ///   - whole: all logits.
  func goOn(with block: LiveBlock, of whole: Parameter<Scalar>) {
    self.block = block
    weight = nil
    logits = nil
    guard isApart, let part else { return }
    logits = (
      Parameter(name: whole.name, role: whole.role, value: whole.value.elements(of: part)),
      GradientBuffer(shape: part.elementShape)
    )
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

  /// The block of a state; everything lives where there is none.
  func block(rows: Tensor<Scalar>?, columns: Tensor<Scalar>?) -> LiveBlock {
    func numbers(_ flags: Tensor<Scalar>?, of count: Int) -> [Int] {
      guard let flags, flags.count == count else { return Array(0..<count) }
      return (0..<count).filter { flags[flat: $0] != 0 }
    }
    return LiveBlock(
      of: block.shape, rows: numbers(rows, of: block.shape[0]),
      columns: numbers(columns, of: block.shape[1]))
  }
}
