import Tensors

/// Mean and variance of every channel of a batch of images.
public struct ChannelStatistics<Scalar: TensorScalar>: Sendable {
  /// C.
  public var mean: Tensor<Scalar>
  /// C, the mean square of the distances from the mean: divided by the number of pixels.
  public var variance: Tensor<Scalar>

  /// Statistics that were found elsewhere.
  ///
  /// - Precondition: vectors of equal length.
  public init(mean: Tensor<Scalar>, variance: Tensor<Scalar>) {
    require(
      mean.shape.rank == 1 && mean.shape == variance.shape,
      "statistics of means \(mean.shape) and variances \(variance.shape)")
    self.mean = mean
    self.variance = variance
  }

  /// The statistics of images B×…×C with at least one pixel.
  public init(of x: Tensor<Scalar>) {
    let channels = x.shape[x.shape.rank - 1]
    require(x.count > 0, "statistics of no pixels: \(x.shape)")
    let rows = x.count / channels
    var (mean, variance) = (
      Tensor<Scalar>(uninitialized: [channels]), Tensor<Scalar>(uninitialized: [channels])
    )
    x.read { x in
      mean.write { mean in
        variance.write { variance in
          Scalar.channelMoments(rows, channels, x, mean: mean, variance: variance)
        }
      }
    }
    self.init(mean: mean, variance: variance)
  }

  /// 1 / √(variance + ε).
  func inverseDeviation(_ epsilon: Double) -> Tensor<Scalar> {
    var result = variance
    for channel in 0..<result.count {
      result[flat: channel] = Scalar(
        1 / (Double(variance[flat: channel]) + epsilon).squareRoot())
    }
    return result
  }
}
