import Tensors

/// The accumulator of a weight outside of the block that has not left the products: nothing is added to it
/// any more, and clipping goes on to scale it.
///
/// It is scaled when somebody reads it, by one factor after the other, so that its bits do not depend on
/// when that is.
struct SettledGradient<Scalar: TensorScalar> {
  /// What has not left.
  let block: LiveBlock
  /// Of the whole weight; 0 in the block.
  private var rest: Tensor<Scalar>
  /// What the rest is still to be multiplied by.
  private var factors: [Scalar] = []
  /// The sum of the squares as it is or, while factors are left, nearly.
  private var squares: Double

  /// The rest of an accumulator K×C outside of a block.
  init(of accumulator: Tensor<Scalar>, outside block: LiveBlock) {
    self.block = block
    rest = accumulator
    rest.put(Tensor(zeros: block.elementShape), in: block)
    squares = rest.scaleAndSumSquares(by: [])
  }

  /// Multiplies by a factor of at most 1.
  mutating func scale(by factor: Scalar) {
    factors.append(factor)
    squares *= Double(factor) * Double(factor)
  }

  /// The sum of the squares of the rest, or 0 when it is too small to change another sum to which it is
  /// added: 2⁻⁶⁰ of it are less than half of its last bit.
  mutating func sumOfSquares(addedTo sum: Double) -> Double {
    if squares < 0x1p-60 * sum { return 0 }
    catchUp()
    return squares
  }

  /// The whole accumulator.
  ///
  /// - Parameter elements: its block.
  mutating func whole(with elements: Tensor<Scalar>) -> Tensor<Scalar> {
    catchUp()
    var whole = rest
    whole.put(elements, in: block)
    return whole
  }

  private mutating func catchUp() {
    guard !factors.isEmpty else { return }
    squares = rest.scaleAndSumSquares(by: factors)
    factors = []
  }
}
