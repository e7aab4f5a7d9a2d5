import Tensors

/// Random batches of the shapes that the experiments have.
enum SyntheticBatches {
  private static let random = RandomSource(seed: 0)

  /// One-hot digits, ten inputs each, and a one-hot operation if there are any.
  static func digits(_ batch: Int, numbers: Int, operations: Int, _ index: Int) -> Tensor<Float> {
    let stream = random.stream("bench/digits/\(index)")
    let width = 10 * numbers + operations
    let digits = stream.integers(batch * numbers, below: 10)
    let chosen = stream.integers(batch, below: max(operations, 1), step: 1)
    var result = [Float](repeating: 0, count: batch * width)
    for row in 0..<batch {
      for number in 0..<numbers {
        result[row * width + 10 * number + digits[row * numbers + number]] = 1
      }
      if operations > 0 { result[row * width + 10 * numbers + chosen[row]] = 1 }
    }
    return Tensor(result, shape: [batch, width])
  }

  /// Class numbers.
  static func classes(_ count: Int, below limit: Int, _ index: Int) -> [Int] {
    random.stream("bench/classes/\(index)").integers(count, below: limit)
  }
}
