import Tensors

/// Numbers as one-hot digits, least significant digit first.
public struct DigitEncoding: Sendable, Hashable {
  /// Base of the number system; also the width of one digit's one-hot code.
  public static let base = 10

  /// Digits of a number.
  public let digits: Int

  /// - Precondition: 1 to 9 digits, so that products of two numbers fit.
  public init(digits: Int) {
    precondition((1...9).contains(digits), "numbers of \(digits) digits")
    self.digits = digits
  }

  /// Numbers are taken modulo this: 10^digits.
  public var modulus: Int { (0..<digits).reduce(1) { power, _ in power * Self.base } }

  /// Elements of the one-hot code of a number.
  public var width: Int { digits * Self.base }

  /// The digits of a number, least significant first.
  public func digits(of number: Int) -> [Int] {
    var rest = number
    return (0..<digits).map { _ in
      defer { rest /= Self.base }
      return rest % Self.base
    }
  }

  /// The number with the given digits, least significant first.
  public func number(fromDigits digits: some BidirectionalCollection<Int>) -> Int {
    digits.reversed().reduce(0) { $0 * Self.base + $1 }
  }

  /// The most probable numbers. Shapes: logits B×width → B numbers.
  public func numbers(_ logits: Tensor<Float>) -> [Int] {
    let best = logits.reshaped(to: [logits.shape[0] * digits, Self.base]).argmaxRows()
    return (0..<logits.shape[0]).map { number(fromDigits: best[$0 * digits..<($0 + 1) * digits]) }
  }
}
