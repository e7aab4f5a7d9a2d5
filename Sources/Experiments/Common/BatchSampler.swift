import Tensors

/// Draws batches uniformly with replacement; the batch of a step is a function of stream and step.
struct BatchSampler {
  let count: Int
  let size: Int
  let random: RandomStream

  /// Indices 0..<count of the examples of a step's batch.
  func indices(step: Int) -> [Int] { random.integers(size, below: count, step: step) }
}
