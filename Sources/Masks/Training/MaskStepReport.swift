import NeuralNetworks

/// What one step of mask training found.
public struct MaskStepReport: Sendable, Hashable {
  /// The task's loss, without the regulariser.
  public let loss: Double
  /// The norm before clipping of all gradients that count together, with the regulariser's part.
  public let gradientNorm: Double
  /// The factor that clipping applied, at most 1.
  public let clippingCoefficient: Double

  init(loss: Double, measurement: GlobalNormClipping.Measurement) {
    self.loss = loss
    gradientNorm = measurement.norm
    clippingCoefficient = measurement.coefficient
  }

  var isFinite: Bool { loss.isFinite && gradientNorm.isFinite }
}
