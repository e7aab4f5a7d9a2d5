import Tensors

/// Masks that keep as many weights as a learned one, chosen without learning: the controls against
/// which a learned mask has to stand out.
public enum MaskControl: String, Sendable, CaseIterable {
  /// A random set of the same size in every tensor.
  case random
  /// A random set of the same size from the weights that the learned mask removes (all of them
  /// where they are fewer).
  case randomComplement = "random-complement"
  /// The weights of largest magnitude, as many as the learned mask keeps in every tensor.
  case magnitude

  /// The control for the learned masks of a network.
  ///
  /// - Parameters:
  ///   - learned: the learned masks.
  ///   - weights: the masked tensors by name; only `magnitude` looks at them.
  ///   - random: a stream by name; each tensor takes the stream of its own name.
  public func masks(
    for learned: MaskSet, weights: [String: Tensor<Float>], random: (String) -> RandomStream
  ) -> MaskSet {
    MaskSet(
      Dictionary(
        uniqueKeysWithValues: learned.masks.map { name, mask in
          (name, self.mask(for: mask, weights: weights[name], random: random(name)))
        }))
  }

  /// Names of the tensors of which this control cannot keep as many weights as a learned mask does:
  /// where the mask keeps more than half, what it removes is less.
  public func tooSmall(for learned: MaskSet) -> [String] {
    guard self == .randomComplement else { return [] }
    return learned.names.filter { name in
      learned[name].map { 2 * $0.keptCount > $0.count } ?? false
    }
  }

  private func mask(
    for learned: BinaryMask, weights: Tensor<Float>?, random: RandomStream
  ) -> BinaryMask {
    let kept = learned.keptCount
    var bits = [UInt8](repeating: 0, count: learned.count)
    switch self {
    case .random:
      for index in random.permutation(learned.count).prefix(kept) { bits[index] = 1 }
    case .randomComplement:
      let removed = learned.bits.indices.filter { learned.bits[$0] == 0 }
      for index in random.permutation(removed.count).prefix(kept) { bits[removed[index]] = 1 }
    case .magnitude:
      guard let weights else { fatalError("magnitude control without weights") }
      let order = weights.withUnsafeBufferPointer { w in
        // Equal magnitudes in order of position, so that the choice is defined.
        w.indices.sorted { (abs(w[$0]), $1) > (abs(w[$1]), $0) }
      }
      for index in order.prefix(kept) { bits[index] = 1 }
    }
    return BinaryMask(bits: bits, shape: learned.shape)
  }
}
