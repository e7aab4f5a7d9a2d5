import Tensors

/// Addition and multiplication modulo 10^digits: `a op b` for two numbers and an operation.
///
/// Inputs are one-hot: the digits of a, the digits of b (least significant first), then the
/// operation (add, multiply). Targets are the digits of the result. The domain is small (20,000
/// points at two digits) and entirely covered by the training set: a function to be memorised.
///
/// Reference: workshop paper, section 3.1.
public struct AdditionMultiplication: Sendable, Hashable {
  /// What is computed.
  public enum Operation: Int, Sendable, CaseIterable {
    case add
    case multiply
  }

  /// One point of the domain.
  public struct Example: Sendable, Hashable {
    /// The first operand.
    public let a: Int
    /// The second operand.
    public let b: Int
    /// What is to be computed.
    public let operation: Operation

    /// An example from its parts.
    public init(a: Int, b: Int, operation: Operation) {
      self.a = a
      self.b = b
      self.operation = operation
    }
  }

  /// How numbers are written.
  public let encoding: DigitEncoding

  /// The task for operands of the given number of digits, 1 to 9.
  public init(digits: Int) { encoding = DigitEncoding(digits: digits) }

  /// Elements of one input.
  public var inputSize: Int { 2 * encoding.width + Operation.allCases.count }

  /// Logits of one output: ten for every digit.
  public var outputSize: Int { encoding.width }

  /// The result of an operation on the operands of an example.
  public func result(of operation: Operation, for example: Example) -> Int {
    switch operation {
    case .add: (example.a + example.b) % encoding.modulus
    case .multiply: (example.a * example.b) % encoding.modulus
    }
  }

  /// Independent uniform examples. The first ones of a longer draw are those of a shorter one.
  public func examples(_ count: Int, random: RandomStream) -> [Example] {
    let modulus = UInt64(encoding.modulus)
    return (0..<count).map { index in
      let words = random.block(index: UInt64(index))
      // Multiply-and-shift; bias below modulus / 2^32.
      return Example(
        a: Int((UInt64(words[0]) * modulus) >> 32), b: Int((UInt64(words[1]) * modulus) >> 32),
        operation: words[2] >> 31 == 0 ? .add : .multiply)
    }
  }

  /// The one-hot inputs of examples. Shapes: B examples → B×inputSize.
  public func inputs(_ examples: [Example]) -> Tensor<Float> {
    var result = Tensor<Float>(zeros: [examples.count, inputSize])
    let (digits, width) = (encoding.digits, encoding.width)
    result.withUnsafeMutableBufferPointer { out in
      for (row, example) in examples.enumerated() {
        var position = row * inputSize
        for number in [example.a, example.b] {
          var rest = number
          for digit in 0..<digits {
            out[position + digit * DigitEncoding.base + rest % DigitEncoding.base] = 1
            rest /= DigitEncoding.base
          }
          position += width
        }
        out[position + example.operation.rawValue] = 1
      }
    }
    return result
  }

  /// The digits of the right results, digit by digit, example by example: B·digits classes 0…9.
  public func targets(_ examples: [Example]) -> [Int] {
    examples.flatMap { encoding.digits(of: result(of: $0.operation, for: $0)) }
  }

  /// The numbers that a network predicts. Shapes: logits B×outputSize → B numbers.
  public func answers(_ logits: Tensor<Float>) -> [Int] { encoding.numbers(logits) }
}
