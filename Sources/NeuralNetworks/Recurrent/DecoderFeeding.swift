import Tensors

/// What a decoder sees while it is trained.
public enum DecoderFeeding: String, Sendable, Hashable {
  /// The right tokens (teacher forcing).
  case reference
  /// The tokens it found most probable itself; no gradient flows through the choice.
  case own

  /// The feeding of a training step, one for the whole batch: right tokens with the given
  /// probability, decided by the stream `decoder-feeding`.
  public static func drawn(
    step: Int, referenceProbability: Double = 0.5, random: RandomSource
  ) -> DecoderFeeding {
    let uniform: Tensor<Double> = random.stream("decoder-feeding").uniform([1], step: step)
    return uniform[0] < referenceProbability ? .reference : .own
  }
}
