import Store

/// A loss, a gradient norm or a parameter ceased to be a finite number.
public struct Diverged: Error, Sendable, Equatable, CustomStringConvertible {
  /// Phase in which it happened.
  public let phase: String
  /// Step, from 0.
  public let step: Int
  /// The first tensor that is not finite, or `loss` or `gradient norm` when none is known.
  public let tensor: String
  /// Loss of that step.
  public let loss: Double?
  /// Norm of the gradient of that step.
  public let gradientNorm: Double?

  /// Creates the error.
  public init(
    phase: String, step: Int, tensor: String, loss: Double? = nil, gradientNorm: Double? = nil
  ) {
    self.phase = phase
    self.step = step
    self.tensor = tensor
    self.loss = loss
    self.gradientNorm = gradientNorm
  }

  /// One line.
  public var description: String {
    var text = "diverged in phase '\(phase)' at step \(step): '\(tensor)' is not finite"
    var numbers: [String] = []
    if let loss { numbers.append("loss \(CSVNumber.format(loss))") }
    if let gradientNorm { numbers.append("gradient norm \(CSVNumber.format(gradientNorm))") }
    if !numbers.isEmpty { text += " (\(numbers.joined(separator: ", ")))" }
    return text
  }
}
