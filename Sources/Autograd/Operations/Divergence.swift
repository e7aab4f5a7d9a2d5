import Foundation
import Tensors

extension Graph {
  /// Mean divergence of predictions from other ones: Kullback and Leibler's, of rows of logits.
  ///
  /// loss = (1/N) Σ_n Σ_c p_nc (log p_nc − log q_nc), with q = softmax(z) and p that of the reference
  ///
  /// Shapes: logits N×C, reference N×C → scalar.
  /// Range: ≥ 0, nats; 0 for the same predictions, up to rounding.
  /// Edge cases: N = 0 is refused; logits of ±1e4 stay finite since the maximum is subtracted.
  /// Gradient: dlogits = (q − p) · dloss / N; the reference carries none.
  /// PyTorch equivalent: `nn.functional.kl_div(logits.log_softmax(-1), reference.log_softmax(-1),
  /// log_target=True, reduction="batchmean")`.
  public func divergence(
    of logits: Value<Scalar>, from reference: Tensor<Scalar>
  ) -> Value<Scalar> {
    require(logits.shape.rank == 2 && logits.shape[0] > 0, "divergence: logits \(logits.shape)")
    let weight = 1 / Double(logits.shape[0])
    return divergence(logits, reference) { _ in weight }
  }

  /// Weighted sum of the divergences of rows.
  ///
  /// loss = Σ_n weight_n Σ_c p_nc (log p_nc − log q_nc), as ``divergence(of:from:)`` has them
  ///
  /// Shapes: logits N×C, reference N×C, weights N → scalar.
  /// Edge cases: N = 0 gives 0.
  /// Gradient: dlogits = weight_n (q − p) · dloss; reference and weights carry none.
  /// PyTorch equivalent: `(nn.functional.kl_div(logits.log_softmax(-1), reference.log_softmax(-1),
  /// log_target=True, reduction="none").sum(-1) * weights).sum()`.
  public func divergence(
    of logits: Value<Scalar>, from reference: Tensor<Scalar>, weights: [Double]
  ) -> Value<Scalar> {
    require(
      logits.shape.rank == 2 && weights.count == logits.shape[0],
      "divergence: \(weights.count) weights for logits \(logits.shape)")
    return divergence(logits, reference) { weights[$0] }
  }

  private func divergence(
    _ logits: Value<Scalar>, _ reference: Tensor<Scalar>, weight: (Int) -> Double
  ) -> Value<Scalar> {
    require(
      logits.shape == reference.shape,
      "divergence: logits \(logits.shape) and a reference \(reference.shape)")
    // weight_n (q − p); the only thing the pullback needs.
    var slope = Tensor<Scalar>(uninitialized: logits.shape)
    let columns = logits.shape[1]
    let total = logits.tensor.read { z in
      reference.read { r in
        slope.write { divergenceSum(logits.shape[0], columns, z, r, $0, weight) }
      }
    }
    let place = logits.place
    return record(Tensor(scalar: Scalar(total)), inputs: [logits]) { [slope] dLoss, pull in
      pull.add(dLoss.item * slope, to: place)
    }
  }
}

/// The weighted sum, and the slope of every logit, in double precision.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func divergenceSum<Scalar: TensorScalar>(
  _ rows: Int, _ columns: Int, _ z: UnsafePointer<Scalar>, _ r: UnsafePointer<Scalar>,
  _ slope: UnsafeMutablePointer<Scalar>, _ weight: (Int) -> Double
) -> Double {
  func logSum(_ z: UnsafePointer<Scalar>) -> Double {
    let largest = (0..<columns).reduce(-Double.infinity) { max($0, Double(z[$1])) }
    return largest + log((0..<columns).reduce(0) { $0 + exp(Double(z[$1]) - largest) })
  }
  var total = 0.0
  for row in 0..<rows {
    let (z, r, slope) = (z + row * columns, r + row * columns, slope + row * columns)
    let (ownSum, otherSum, weight) = (logSum(z), logSum(r), weight(row))
    for c in 0..<columns {
      let (own, other) = (Double(z[c]) - ownSum, Double(r[c]) - otherSum)
      total += weight * exp(other) * (other - own)
      slope[c] = Scalar(weight * (exp(own) - exp(other)))
    }
  }
  return total
}

enum DivergenceChecks: GradientCheckSource {
  static let operation = "Divergence"

  private static func reference<Scalar: TensorScalar>(_ shape: Shape) -> Tensor<Scalar> {
    RandomSource(seed: 8).stream("divergence").uniform(shape, in: -2...2)
  }

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    [
      OperationSample("mean 4×3", inputs: [.init([4, 3], in: -2...2)]) { graph, x in
        graph.divergence(of: x[0], from: reference([4, 3]))
      },
      OperationSample("mean 1×2", inputs: [.init([1, 2])]) { graph, x in
        graph.divergence(of: x[0], from: reference([1, 2]))
      },
      OperationSample("one class", inputs: [.init([3, 1])], inputsWithoutEffect: [0]) { graph, x in
        graph.divergence(of: x[0], from: reference([3, 1]))
      },
      OperationSample("weighted", inputs: [.init([3, 4], in: -2...2)]) { graph, x in
        graph.divergence(of: x[0], from: reference([3, 4]), weights: [0.5, 0, 2])
      },
      OperationSample("no rows", inputs: [.init([0, 4])]) { graph, x in
        graph.divergence(of: x[0], from: reference([0, 4]), weights: [])
      },
      OperationSample("reused logits", inputs: [.init([2, 3])]) { graph, x in
        graph.add(
          graph.divergence(of: x[0], from: reference([2, 3])),
          graph.divergence(of: x[0], from: reference([2, 3]), weights: [1, 3]))
      },
      OperationSample("scaled loss", inputs: [.init([2, 3])]) { graph, x in
        graph.scale(graph.divergence(of: x[0], from: reference([2, 3])), by: 7)
      },
    ]
  }
}
