import Tensors

/// What a layer normalisation divides the distances from the mean m by.
public enum RowDeviation: Sendable, Hashable {
  /// s + ε with the unbiased standard deviation s = √(Σ (x − m)² / (D − 1)).
  case unbiased
  /// √(v + ε) with the variance v = Σ (x − m)² / D, as PyTorch's `nn.LayerNorm`.
  case biased
}

extension Graph {
  /// Normalises every row to mean 0 and deviation 1, then scales and shifts it.
  ///
  /// y = γ ⊙ (x − m) / d + β with the mean m of the row and d = s + ε or √(v + ε), see
  /// ``RowDeviation``
  ///
  /// Shapes: x N×D with D ≥ 2, γ and β D, or S×D for S groups of rows → N×D; where both
  /// have groups, they have equally many.
  /// Edge cases: a constant row gives β; N = 0 gives an empty result.
  /// Gradient: with z = (x − m) / d and dz = γ ⊙ dy,
  /// dx = (dz − mean(dz)) / d − z Σ(dz ⊙ z) / ((D − 1) s), the last term 0 for a constant
  /// row; with the biased variance its divisor is D d; dγ = Σ dy ⊙ z, dβ = Σ dy over the rows of a
  /// group.
  /// PyTorch equivalent: `(x - x.mean(-1, True)) / (x.std(-1, keepdim=True) + eps) * gamma + beta`,
  /// or `nn.functional.layer_norm(x, [D], gamma, beta, eps)`.
  ///
  /// - Parameters:
  ///   - x: the rows.
  ///   - scale: γ.
  ///   - shift: β.
  ///   - groups: the rows that each sample of γ and β serves; equal slices when nil.
  ///   - epsilon: ε.
  ///   - deviation: what d is.
  public func layerNorm(
    _ x: Value<Scalar>, scale: Value<Scalar>, shift: Value<Scalar>, groups: RowGroups? = nil,
    epsilon: Double = 1e-5, deviation: RowDeviation = .unbiased
  ) -> Value<Scalar> {
    require(
      x.shape.rank == 2 && x.shape[1] >= 2, "layerNorm: rows of a value \(x.shape)")
    let scales = BiasLayout(
      x: x.shape, bias: scale.shape, groups: groups, operation: "layerNorm")
    let shifts = BiasLayout(
      x: x.shape, bias: shift.shape, groups: groups, operation: "layerNorm")
    // The kernels go on by one row of each from group to group.
    require(
      scale.shape.rank == 1 || shift.shape.rank == 1 || scale.shape[0] == shift.shape[0],
      "layerNorm: a scale \(scale.shape) with a shift \(shift.shape)")
    let normalization = Normalization(
      columns: x.shape[1],
      groups: scales.groups.count > shifts.groups.count ? scales.groups : shifts.groups,
      scales: scales.groups.count, shifts: shifts.groups.count, deviation: deviation)
    let (y, statistics) = normalization.apply(
      to: x.tensor, scale: scale.tensor, shift: shift.tensor, epsilon: Scalar(epsilon))
    return record(y, inputs: [x, scale, shift]) { dY, pull in
      pull.accumulate(into: x) { dX, adds in
        normalization.addGradient(
          of: dY, to: &dX, x.tensor, statistics, scale: scale.tensor, adds: adds)
      }
      guard pull.wants(scale) || pull.wants(shift) else { return }
      let (dScale, dShift) = normalization.parameterGradients(
        of: dY, x.tensor, statistics, scale: scale.shape, shift: shift.shape)
      pull.add(dScale, to: scale)
      pull.add(dShift, to: shift)
    }
  }
}

/// Rows in groups, each with a scale and a shift of its own or shared ones.
private struct Normalization {
  let columns: Int
  let groups: RowGroups
  /// The numbers of samples of γ and β.
  let scales: Int
  let shifts: Int
  let deviation: RowDeviation

  /// Where the vector that serves a group begins among those of so many samples.
  private func start(_ group: Int, of samples: Int) -> Int {
    groups.sample(serving: group, of: samples) * columns
  }

  func apply<Scalar>(
    to x: Tensor<Scalar>, scale: Tensor<Scalar>, shift: Tensor<Scalar>, epsilon: Scalar
  ) -> (y: Tensor<Scalar>, statistics: Tensor<Scalar>) {
    var y = Tensor<Scalar>(uninitialized: x.shape)
    var statistics = Tensor<Scalar>(uninitialized: [x.shape[0], 3])
    x.read { x in
      scale.read { scale in
        shift.read { shift in
          y.write { y in
            statistics.write { statistics in
              for group in 0..<groups.count {
                let row = groups.starts[group]
                let (gamma, beta) = (
                  scale + start(group, of: scales), shift + start(group, of: shifts)
                )
                switch deviation {
                case .unbiased:
                  Scalar.layerNorm(
                    groups[group].count, columns, x + row * columns, gamma: gamma, beta: beta,
                    epsilon: epsilon, y + row * columns, statistics: statistics + 3 * row)
                case .biased:
                  normalizeByVariance(
                    groups[group].count, x + row * columns, gamma: gamma, beta: beta,
                    epsilon: epsilon, y + row * columns, statistics: statistics + 3 * row)
                }
              }
            }
          }
        }
      }
    }
    return (y, statistics)
  }

  /// y = γ (x − m) / √(v + ε) + β. The statistics are those that the kernels of the gradient take:
  /// m, 1 / √(v + ε), and the factor 1 / (D √(v + ε)) of z Σ(dz ⊙ z).
  private func normalizeByVariance<Scalar: TensorScalar>(
    _ rows: Int, _ x: UnsafePointer<Scalar>, gamma: UnsafePointer<Scalar>,
    beta: UnsafePointer<Scalar>, epsilon: Scalar, _ y: UnsafeMutablePointer<Scalar>,
    statistics: UnsafeMutablePointer<Scalar>
  ) {
    for row in 0..<rows {
      let (x, y) = (x + row * columns, y + row * columns)
      var (sum, squares) = (0.0, 0.0)
      for column in 0..<columns { sum += Double(x[column]) }
      let mean = sum / Double(columns)
      for column in 0..<columns {
        let distance = Double(x[column]) - mean
        squares += distance * distance
      }
      let inverse = 1 / (squares / Double(columns) + Double(epsilon)).squareRoot()
      let (m, factor) = (Scalar(mean), Scalar(inverse))
      for column in 0..<columns {
        y[column] = (x[column] - m) * factor * gamma[column] + beta[column]
      }
      statistics[3 * row] = m
      statistics[3 * row + 1] = factor
      statistics[3 * row + 2] = Scalar(inverse / Double(columns))
    }
  }

  func addGradient<Scalar>(
    of dY: Tensor<Scalar>, to dX: inout Tensor<Scalar>, _ x: Tensor<Scalar>,
    _ statistics: Tensor<Scalar>, scale: Tensor<Scalar>, adds: Bool
  ) {
    x.read { x in
      scale.read { scale in
        statistics.read { statistics in
          dY.read { dY in
            dX.write { dX in
              for group in 0..<groups.count {
                let row = groups.starts[group]
                Scalar.layerNormGradient(
                  groups[group].count, columns, x + row * columns,
                  statistics: statistics + 3 * row, gamma: scale + start(group, of: scales),
                  dY + row * columns, dX + row * columns, adds: adds)
              }
            }
          }
        }
      }
    }
  }

  func parameterGradients<Scalar>(
    of dY: Tensor<Scalar>, _ x: Tensor<Scalar>, _ statistics: Tensor<Scalar>, scale: Shape,
    shift: Shape
  ) -> (scale: Tensor<Scalar>, shift: Tensor<Scalar>) {
    var dScale = Tensor<Scalar>(zeros: scale)
    var dShift = Tensor<Scalar>(zeros: shift)
    x.read { x in
      statistics.read { statistics in
        dY.read { dY in
          dScale.write { dScale in
            dShift.write { dShift in
              for group in 0..<groups.count {
                let row = groups.starts[group]
                Scalar.layerNormParameterGradient(
                  groups[group].count, columns, x + row * columns,
                  statistics: statistics + 3 * row, dY + row * columns,
                  dGamma: dScale + start(group, of: scales),
                  dBeta: dShift + start(group, of: shifts))
              }
            }
          }
        }
      }
    }
    return (dScale, dShift)
  }
}

enum LayerNormChecks: GradientCheckSource {
  static let operation = "LayerNorm"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let shapes: [(x: Shape, scale: Shape, shift: Shape)] = [
      ([3, 4], [4], [4]), ([1, 2], [2], [2]), ([4, 5], [2, 5], [2, 5]), ([4, 3], [2, 3], [3]),
      ([4, 3], [3], [2, 3]), ([0, 3], [3], [3]), ([2, 6], [1, 6], [6]),
    ]
    return shapes.map { shapes in
      OperationSample(
        "\(shapes.x), \(shapes.scale), \(shapes.shift)",
        inputs: [.init(shapes.x), .init(shapes.scale), .init(shapes.shift)],
        inputsWithoutEffect: shapes.x.count == 0 ? [1, 2] : []
      ) { graph, v in graph.layerNorm(v[0], scale: v[1], shift: v[2], epsilon: 0.1) }
    } + [
      OperationSample("uneven groups", inputs: [.init([5, 3]), .init([2, 3]), .init([2, 3])]) {
        graph, v in
        graph.layerNorm(
          v[0], scale: v[1], shift: v[2], groups: RowGroups(starts: [0, 4, 5]))
      },
      OperationSample(
        "biased variance", inputs: [.init([4, 5]), .init([2, 5]), .init([5])]
      ) { graph, v in
        graph.layerNorm(v[0], scale: v[1], shift: v[2], epsilon: 0.1, deviation: .biased)
      },
      OperationSample("reused", inputs: [.init([3, 3]), .init([3])]) { graph, v in
        graph.multiply(graph.layerNorm(v[0], scale: v[1], shift: v[1], epsilon: 0.1), v[0])
      },
    ]
  }
}
