import Foundation
import Tensors

extension Graph {
  /// Mean cross-entropy between logits and integer classes.
  ///
  /// loss = (1/N) Σ_n [ logΣ_c exp(z_nc) − z_n,y_n ]
  ///
  /// Shapes: logits N×C, classes N (0 ≤ y < C) → scalar.
  /// Range: ≥ 0, nats.
  /// Edge cases: N = 0 is refused; logits of ±1e4 stay finite since the maximum is subtracted.
  /// Gradient: dlogits = (softmax(z) − onehot(y)) · dloss / N; classes carry none.
  /// PyTorch equivalent: `nn.functional.cross_entropy(logits, classes, reduction="mean")`.
  public func crossEntropy(logits: Value<Scalar>, classes: [Int]) -> Value<Scalar> {
    require(!classes.isEmpty, "crossEntropy: no rows")
    let weight = 1 / Double(classes.count)
    return crossEntropy(logits, classes) { _ in weight }
  }

  /// Weighted sum of the cross-entropies of rows.
  ///
  /// loss = Σ_n weight_n [ logΣ_c exp(z_nc) − z_n,y_n ]
  ///
  /// For sequences: the logits of all time steps as rows, weight 1/B for real tokens and 0 for
  /// padding gives the loss summed over tokens and divided by the batch size. Rows of weight 0 get
  /// no gradient.
  ///
  /// Shapes: logits N×C, classes N (0 ≤ y < C), weights N → scalar.
  /// Range: nats; ≥ 0 for weights ≥ 0.
  /// Edge cases: N = 0 gives 0.
  /// Gradient: dlogits = weight_n (softmax(z) − onehot(y)) · dloss; classes and weights carry none.
  /// PyTorch equivalent: `(nn.functional.cross_entropy(logits, classes, reduction="none") *
  /// weights).sum()`.
  public func crossEntropy(
    logits: Value<Scalar>, classes: [Int], weights: [Double]
  ) -> Value<Scalar> {
    require(
      weights.count == classes.count,
      "crossEntropy: \(weights.count) weights for \(classes.count) classes")
    return crossEntropy(logits, classes) { weights[$0] }
  }

  private func crossEntropy(
    _ logits: Value<Scalar>, _ classes: [Int], weight: (Int) -> Double
  ) -> Value<Scalar> {
    require(
      logits.shape.rank == 2 && logits.shape[0] == classes.count,
      "crossEntropy: logits \(logits.shape) for \(classes.count) classes")
    let columns = logits.shape[1]
    require(
      classes.allSatisfy { $0 >= 0 && $0 < columns }, "crossEntropy: a class beyond 0..<\(columns)")
    // weight_n (softmax(z) − onehot(y)); the only thing the pullback needs.
    var slope = logits.needsGradient ? Tensor<Scalar>(uninitialized: logits.shape) : nil
    let total = logits.tensor.read { z in
      if slope == nil { return crossEntropySum(classes, columns, z, nil, weight) }
      return slope?.write { crossEntropySum(classes, columns, z, $0, weight) } ?? 0
    }
    let place = logits.place
    return record(Tensor(scalar: Scalar(total)), inputs: [logits]) { [slope] dLoss, pull in
      if let slope { pull.add(dLoss.item * slope, to: place) }
    }
  }
}

/// The weighted sum, and the slope of every logit, in double precision.
///
/// The largest term of Σ exp(z − m) is 1 and is left to `log1p`, so that a loss near 0 keeps its
/// digits.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func crossEntropySum<Scalar: TensorScalar>(
  _ classes: [Int], _ columns: Int, _ z: UnsafePointer<Scalar>,
  _ slope: UnsafeMutablePointer<Scalar>?, _ weight: (Int) -> Double
) -> Double {
  var total = 0.0
  for (row, label) in classes.enumerated() {
    let z = z + row * columns
    let weight = weight(row)
    var top = 0
    for c in 1..<max(1, columns) where z[c] > z[top] { top = c }
    let largest = Double(z[top])
    var others = 0.0
    for c in 0..<columns where c != top { others += exp(Double(z[c]) - largest) }
    total += weight * (log1p(others) + (largest - Double(z[label])))
    guard let slope = slope.map({ $0 + row * columns }) else { continue }
    var wrong = 0.0
    for c in 0..<columns where c != label {
      let probability = exp(Double(z[c]) - largest) / (1 + others)
      wrong += probability
      slope[c] = Scalar(weight * probability)
    }
    // softmax − 1 of the right class, as minus the rest, which keeps its digits.
    slope[label] = Scalar(-weight * wrong)
  }
  return total
}

enum CrossEntropyChecks: GradientCheckSource {
  static let operation = "CrossEntropy"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    [
      OperationSample("mean 4×3", inputs: [.init([4, 3], in: -2...2)]) { graph, x in
        graph.crossEntropy(logits: x[0], classes: [0, 2, 1, 2])
      },
      OperationSample("mean 1×2", inputs: [.init([1, 2])]) { graph, x in
        graph.crossEntropy(logits: x[0], classes: [1])
      },
      OperationSample("one class", inputs: [.init([3, 1])], inputsWithoutEffect: [0]) { graph, x in
        graph.crossEntropy(logits: x[0], classes: [0, 0, 0])
      },
      OperationSample("weighted", inputs: [.init([3, 4], in: -2...2)]) { graph, x in
        graph.crossEntropy(logits: x[0], classes: [3, 0, 3], weights: [0.5, 0, 2])
      },
      OperationSample("no rows", inputs: [.init([0, 4])]) { graph, x in
        graph.crossEntropy(logits: x[0], classes: [], weights: [])
      },
      OperationSample("reused logits", inputs: [.init([2, 3])]) { graph, x in
        graph.add(
          graph.crossEntropy(logits: x[0], classes: [1, 0]),
          graph.crossEntropy(logits: x[0], classes: [2, 2], weights: [1, 3]))
      },
      OperationSample("scaled loss", inputs: [.init([2, 3])]) { graph, x in
        graph.scale(graph.crossEntropy(logits: x[0], classes: [1, 0]), by: 7)
      },
    ]
  }
}
