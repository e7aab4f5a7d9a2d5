import Datasets
import Tensors

/// The loss of predictions that are numbers, written with several digits.
enum DigitLoss {
  /// The cross-entropy of every example: the mean over its digits.
  static func ofExamples(_ logits: Tensor<Float>, targets: [Int], digits: Int) -> [Double] {
    let rows = logits.reshaped(to: [targets.count, DigitEncoding.base])
    let logSum = rows.softmaxRows().logSum
    return (0..<targets.count / digits).map { example in
      (0..<digits).reduce(0) { sum, digit in
        let row = example * digits + digit
        return sum + Double(logSum[flat: row]) - Double(rows[row, targets[row]])
      } / Double(digits)
    }
  }
}
