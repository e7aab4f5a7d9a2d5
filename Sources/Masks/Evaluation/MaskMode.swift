import Tensors

/// How a stage's masks are applied when a network is judged.
public enum MaskMode: String, Sendable, Hashable, CaseIterable {
  /// No mask: the trained network.
  case none
  /// The thresholded mask.
  case mask
  /// Its complement on all masked tensors; unmasked parameters stay.
  case inverse
  /// The complement, but input and output tensors take the full task's mask as it is.
  case inverseIOFull = "inverse-io-full"
  /// The complement, but input and output tensors keep everything.
  case inverseIOOnes = "inverse-io-ones"
  /// The mask on the early half of the tensors only.
  case halfEarly = "half-early"
  /// The mask on the late half of the tensors only.
  case halfLate = "half-late"
  /// ``MaskControl/random``.
  case random
  /// ``MaskControl/randomComplement``.
  case randomComplement = "random-complement"
  /// ``MaskControl/magnitude``.
  case magnitude

  /// Whether only half of the tensors are masked.
  public var isHalf: Bool { self == .halfEarly || self == .halfLate }
}

/// What ``MaskMode``s need to know about a network.
public struct MaskContext: Sendable {
  /// The masked tensors by name.
  public var weights: [String: Tensor<Float>]
  /// The mask of the complete task.
  public var full: MaskSet
  /// The tensors next to inputs and outputs.
  public var inputOutput: Set<String>
  /// The early half of the tensors.
  public var early: Set<String>

  /// The situation of a network.
  public init(
    weights: [String: Tensor<Float>], full: MaskSet, inputOutput: Set<String>, early: Set<String>
  ) {
    self.weights = weights
    self.full = full
    self.inputOutput = inputOutput
    self.early = early
  }

  /// The masks that take effect.
  ///
  /// - Parameters:
  ///   - mode: how the stage's masks are applied.
  ///   - learned: the stage's masks.
  ///   - random: a stream by tensor name, for the random controls.
  public func masks(
    _ mode: MaskMode, of learned: MaskSet, random: (String) -> RandomStream
  ) -> MaskSet {
    switch mode {
    case .none: MaskSet([:])
    case .mask: learned
    case .inverse: !learned
    case .inverseIOFull: (!learned).replacing(with: full.filter(inputOutput.contains))
    case .inverseIOOnes: (!learned).filter { !inputOutput.contains($0) }
    case .halfEarly: learned.filter(early.contains)
    case .halfLate: learned.filter { !early.contains($0) }
    case .random: MaskControl.random.masks(for: learned, weights: weights, random: random)
    case .randomComplement:
      MaskControl.randomComplement.masks(for: learned, weights: weights, random: random)
    case .magnitude: MaskControl.magnitude.masks(for: learned, weights: weights, random: random)
    }
  }
}
