import Tensors

/// The sum of two numbers in several moduli at once: a + b modulo m, for each of some m.
///
/// Inputs are one-hot, a and then b. Every sum has outputs of its own, one for each class up to the
/// largest modulus. The examples are all pairs of operands.
public struct ModularSums: Sendable, Hashable {
  /// The operands a and b.
  public struct Example: Sendable, Hashable {
    /// a.
    public let a: Int
    /// b.
    public let b: Int

    /// An example from its operands.
    public init(_ a: Int, _ b: Int) { (self.a, self.b) = (a, b) }
  }

  /// n: operands are 0…n−1.
  public let operands: Int
  /// m, for each of the sums.
  public let moduli: [Int]

  /// Sums of operands below a number.
  public init(operands: Int, moduli: [Int]) {
    require(operands > 0 && !moduli.isEmpty, "sums of \(operands) operands, moduli \(moduli)")
    self.operands = operands
    self.moduli = moduli
  }

  /// 2n.
  public var inputSize: Int { 2 * operands }

  /// M, the number of classes of each sum.
  public var classes: Int { moduli.max() ?? 0 }

  /// Logits of all sums.
  public var outputSize: Int { moduli.count * classes }

  /// All n² pairs.
  public var examples: [Example] {
    (0..<operands).flatMap { a in (0..<operands).map { Example(a, $0) } }
  }

  /// The right class of one of the sums.
  public func answer(_ example: Example, ofSum sum: Int) -> Int {
    (example.a + example.b) % moduli[sum]
  }

  /// The one-hot inputs. Shapes: B examples → B×2n.
  public func inputs(_ examples: [Example]) -> Tensor<Float> {
    var result = Tensor<Float>(zeros: [examples.count, inputSize])
    for (row, example) in examples.enumerated() {
      result[row, example.a] = 1
      result[row, operands + example.b] = 1
    }
    return result
  }

  /// The class of the largest logit of one of the sums, the first one of several. Shapes: logits
  /// B×(sums·M) → B classes.
  public func predictions(_ logits: Tensor<Float>, ofSum sum: Int) -> [Int] {
    (0..<logits.shape[0]).map { row in
      let start = sum * classes
      return (1..<classes).reduce(0) { best, place in
        logits[row, start + place] > logits[row, start + best] ? place : best
      }
    }
  }
}
