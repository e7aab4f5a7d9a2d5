import Foundation
import Tensors

/// Plain, slow and obviously right computations in double precision, written independently of the
/// engine.
public enum Naive {
  /// A B by three loops. Shapes: m×k, k×n → m×n.
  public static func matrixProduct(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Tensor<Double> {
    var result = Tensor<Double>(zeros: [a.shape[0], b.shape[1]])
    for i in 0..<a.shape[0] {
      for j in 0..<b.shape[1] {
        for l in 0..<a.shape[1] { result[i, j] += a[i, l] * b[l, j] }
      }
    }
    return result
  }

  /// Mᵀ.
  public static func transpose(_ m: Tensor<Double>) -> Tensor<Double> {
    var result = Tensor<Double>(zeros: [m.shape[1], m.shape[0]])
    for i in 0..<m.shape[0] {
      for j in 0..<m.shape[1] { result[j, i] = m[i, j] }
    }
    return result
  }

  /// x Wᵀ + b by loops. Shapes: x B×C, weight K×C, bias K → B×K.
  public static func linear(
    _ x: Tensor<Double>, weight: Tensor<Double>, bias: Tensor<Double>?
  ) -> Tensor<Double> {
    var result = matrixProduct(x, transpose(weight))
    for row in 0..<result.shape[0] {
      for column in 0..<result.shape[1] { result[row, column] += bias?[column] ?? 0 }
    }
    return result
  }

  /// Softmax of every row, by its definition with the maximum subtracted. Shapes: B×K → B×K.
  public static func softmax(_ x: Tensor<Double>) -> Tensor<Double> {
    var result = x
    for row in 0..<x.shape[0] {
      let scores = (0..<x.shape[1]).map { x[row, $0] }
      let largest = scores.max() ?? 0
      let total = scores.reduce(0) { $0 + exp($1 - largest) }
      for column in 0..<x.shape[1] { result[row, column] = exp(scores[column] - largest) / total }
    }
    return result
  }

  /// Cross-entropy of every row, −log softmax(x)_class. Shapes: B×K, B → B.
  public static func crossEntropies(_ x: Tensor<Double>, _ classes: [Int]) -> [Double] {
    classes.enumerated().map { row, label in
      let scores = (0..<x.shape[1]).map { x[row, $0] }
      let largest = scores.max() ?? 0
      return largest - scores[label] + log(scores.reduce(0) { $0 + exp($1 - largest) })
    }
  }

  /// The function values of a feed-forward network: linear layers with ReLU between them.
  public static func feedForward(
    _ x: Tensor<Double>, weights: [Tensor<Double>], biases: [Tensor<Double>]
  ) -> Tensor<Double> {
    var y = x
    for (layer, (weight, bias)) in zip(weights, biases).enumerated() {
      if layer > 0 {
        for i in 0..<y.count { y[flat: i] = max(y[flat: i], 0) }
      }
      y = linear(y, weight: weight, bias: bias)
    }
    return y
  }
}
