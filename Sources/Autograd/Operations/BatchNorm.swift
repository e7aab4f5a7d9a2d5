import Tensors

extension Graph {
  /// Normalises every channel by the statistics of the batch, then scales and shifts it.
  ///
  /// y = γ ⊙ z + β with z = (x − m) / √(v + ε), the mean m and variance v of the channel over all
  /// pixels of all images.
  ///
  /// Shapes: x B×…×C with at least one pixel, γ and β C, or S×C for S equal slices of the batch →
  /// B×…×C.
  /// Gradient: with dz = γ ⊙ dy, dx = (dz − mean(dz) − z mean(dz ⊙ z)) / √(v + ε);
  /// dγ = Σ dy ⊙ z, dβ = Σ dy over the pixels of a slice.
  /// Reference: Ioffe, Szegedy: Batch normalization (ICML 2015).
  /// PyTorch equivalent: `nn.functional.batch_norm(x, None, None, gamma, beta, training=True)` of x
  /// in channels-first order.
  ///
  /// - Returns: y, and the statistics for running means.
  public func batchNorm(
    _ x: Value<Scalar>, scale: Value<Scalar>, shift: Value<Scalar>, epsilon: Double = 1e-5
  ) -> (y: Value<Scalar>, statistics: ChannelStatistics<Scalar>) {
    let statistics = ChannelStatistics(of: x.tensor)
    let y = batchNorm(
      x, scale: scale, shift: shift, statistics: statistics, ofBatch: true, epsilon: epsilon)
    return (y, statistics)
  }

  /// Normalises every channel by given statistics, which are constants; see
  /// ``batchNorm(_:scale:shift:epsilon:)``.
  ///
  /// Gradient: dx = γ ⊙ dy / √(v + ε).
  /// PyTorch equivalent: `nn.functional.batch_norm(x, mean, variance, gamma, beta)`.
  public func batchNorm(
    _ x: Value<Scalar>, scale: Value<Scalar>, shift: Value<Scalar>,
    statistics: ChannelStatistics<Scalar>, epsilon: Double = 1e-5
  ) -> Value<Scalar> {
    batchNorm(
      x, scale: scale, shift: shift, statistics: statistics, ofBatch: false, epsilon: epsilon)
  }

  private func batchNorm(
    _ x: Value<Scalar>, scale: Value<Scalar>, shift: Value<Scalar>,
    statistics: ChannelStatistics<Scalar>, ofBatch: Bool, epsilon: Double
  ) -> Value<Scalar> {
    let normalization = ChannelNormalization(
      x: x.shape, scale: scale.shape, shift: shift.shape, mean: statistics.mean,
      inverse: statistics.inverseDeviation(epsilon), ofBatch: ofBatch)
    let y = normalization.apply(to: x.tensor, scale: scale.tensor, shift: shift.tensor)
    return record(y, inputs: [x, scale, shift]) { dY, pull in
      let sums = normalization.sums(of: dY, x: x.tensor)
      pull.accumulate(into: x) { dX, adds in
        normalization.addGradient(
          of: dY, to: &dX, x: x.tensor, scale: scale.tensor, sums, adds: adds)
      }
      pull.add(normalization.parameterGradient(sums.scale, scale.shape), to: scale)
      pull.add(normalization.parameterGradient(sums.shift, shift.shape), to: shift)
    }
  }
}

enum BatchNormChecks: GradientCheckSource {
  static let operation = "BatchNorm"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let shapes: [(x: Shape, scale: Shape, shift: Shape)] = [
      ([2, 2, 3, 3], [3], [3]), ([4, 1, 2, 2], [2, 2], [4, 2]), ([6, 17], [17], [3, 17]),
      ([5, 1], [1], [1]),
    ]
    func inputs(_ x: Shape, _ scale: Shape, _ shift: Shape) -> [OperationSample<Scalar>.Input] {
      [.init(x), .init(scale, minimumMagnitude: 0.2), .init(shift)]
    }
    return shapes.map { x, scale, shift in
      OperationSample("training, \(x), \(scale), \(shift)", inputs: inputs(x, scale, shift)) {
        graph, v in graph.batchNorm(v[0], scale: v[1], shift: v[2], epsilon: 0.1).y
      }
    }
      + shapes.map { x, scale, shift in
        OperationSample("evaluation, \(x), \(scale), \(shift)", inputs: inputs(x, scale, shift)) {
          graph, v in
          let channels = Tensor<Scalar>(repeating: 0.75, shape: [x[x.rank - 1]])
          return graph.batchNorm(
            v[0], scale: v[1], shift: v[2], statistics: .init(mean: channels, variance: channels))
        }
      }
  }
}
