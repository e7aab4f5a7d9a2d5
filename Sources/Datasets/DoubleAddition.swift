import Tensors

/// Two independent additions modulo 10^digits in one example: a + b and c + d.
///
/// Inputs are one-hot: the digits of a, b, c and d, least significant first. A pair can be hidden:
/// its inputs are then zero.
///
/// Reference: workshop paper, section 3.2.
public struct DoubleAddition: Sendable, Hashable {
  /// The number of pairs.
  public static let pairs = 2

  /// The operands a, b, c, d.
  public struct Example: Sendable, Hashable {
    /// Two operands for each pair.
    public let operands: SIMD4<Int32>

    /// An example from its operands.
    public init(_ a: Int, _ b: Int, _ c: Int, _ d: Int) {
      operands = SIMD4(Int32(a), Int32(b), Int32(c), Int32(d))
    }
  }

  /// How numbers are written.
  public let encoding: DigitEncoding

  /// The task for operands of the given number of digits, 1 to 9.
  public init(digits: Int) { encoding = DigitEncoding(digits: digits) }

  /// Inputs of one pair.
  public var pairInputSize: Int { 2 * encoding.width }

  /// Logits of one pair: ten for every digit.
  public var pairOutputSize: Int { encoding.width }

  /// The sum of a pair, 0 or 1.
  public func result(ofPair pair: Int, for example: Example) -> Int {
    (Int(example.operands[2 * pair]) + Int(example.operands[2 * pair + 1])) % encoding.modulus
  }

  /// Independent uniform examples. The first ones of a longer draw are those of a shorter one.
  public func examples(_ count: Int, random: RandomStream) -> [Example] {
    let modulus = UInt64(encoding.modulus)
    return (0..<count).map { index in
      let words = random.block(index: UInt64(index))
      // Multiply-and-shift; bias below modulus / 2^32.
      func operand(_ place: Int) -> Int { Int((UInt64(words[place]) * modulus) >> 32) }
      return Example(operand(0), operand(1), operand(2), operand(3))
    }
  }

  /// The one-hot inputs of examples, those of hidden pairs zero. Shapes: B examples →
  /// B×(2 · pairInputSize).
  public func inputs(_ examples: [Example], showing pairs: [Int]) -> Tensor<Float> {
    let width = 2 * pairInputSize
    var result = Tensor<Float>(zeros: [examples.count, width])
    result.withUnsafeMutableBufferPointer { out in
      for (row, example) in examples.enumerated() {
        for pair in pairs {
          for place in 2 * pair..<2 * pair + 2 {
            var rest = Int(example.operands[place])
            let start = row * width + place * encoding.width
            for digit in 0..<encoding.digits {
              out[start + digit * DigitEncoding.base + rest % DigitEncoding.base] = 1
              rest /= DigitEncoding.base
            }
          }
        }
      }
    }
    return result
  }

  /// The digits of the right sums of a pair, example by example: B·digits classes 0…9.
  public func targets(_ examples: [Example], pair: Int) -> [Int] {
    examples.flatMap { encoding.digits(of: result(ofPair: pair, for: $0)) }
  }

  /// The numbers that a network predicts for a pair. Shapes: logits B×pairOutputSize → B
  /// numbers.
  public func answers(_ logits: Tensor<Float>) -> [Int] { encoding.numbers(logits) }
}
