import Tensors

/// Draws batches without replacement: every epoch takes each example once, in an order of its own.
///
/// The batch of a step is a function of stream and step; the order of the last epoch asked for is
/// kept. The last batch of an epoch holds what is left.
final class EpochSampler {
  /// Number of examples.
  let count: Int
  /// Examples of a batch.
  let size: Int
  private let random: RandomStream
  private var order: (epoch: Int, examples: [Int])?

  /// A sampler of batches.
  init(count: Int, size: Int, random: RandomStream) {
    self.count = count
    self.size = size
    self.random = random
  }

  /// Steps of an epoch of `count` examples in batches of `size`.
  static func stepsPerEpoch(count: Int, size: Int) -> Int { (count + size - 1) / size }

  /// Indices 0..<count of the examples of a step's batch.
  func indices(step: Int) -> ArraySlice<Int> {
    let (epoch, batch) = step.quotientAndRemainder(
      dividingBy: Self.stepsPerEpoch(count: count, size: size))
    if order?.epoch != epoch { order = (epoch, random.permutation(count, step: epoch)) }
    let examples = order?.examples ?? []
    return examples[(batch * size)..<min((batch + 1) * size, count)]
  }
}
