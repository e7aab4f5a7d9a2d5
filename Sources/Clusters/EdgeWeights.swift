import Tensors

/// How the slice of a convolution's kernel between two channels becomes the weight of an edge.
public enum KernelNorm: String, Sendable, Hashable, CaseIterable {
  /// Σ |K|, as the paper says.
  case sum
  /// max over columns of the sum over rows of |K|: what the published code computes, since NumPy's
  /// norm of order 1 of a matrix is this.
  case column
  /// √ΣK².
  case euclidean
}

/// Weights of edges from the weights of layers, by rows: inputs×outputs.
public enum EdgeWeights {
  /// The absolute weights of a linear layer.
  ///
  /// Shapes: outputs×inputs as in PyTorch → inputs×outputs.
  public static func linear(_ weight: Tensor<Float>) -> [Double] {
    require(weight.shape.rank == 2, "a weight of shape \(weight.shape)")
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let scalars = weight.scalars
    var result = [Double](repeating: 0, count: scalars.count)
    for output in 0..<outputs {
      for input in 0..<inputs {
        result[input * outputs + output] = Double(abs(scalars[output * inputs + input]))
      }
    }
    return result
  }

  /// A norm of each slice of a kernel.
  ///
  /// Shapes: outputs×inputs×height×width as in PyTorch → inputs×outputs.
  public static func convolution(_ kernel: Tensor<Float>, norm: KernelNorm) -> [Double] {
    require(kernel.shape.rank == 4, "a kernel of shape \(kernel.shape)")
    let (outputs, inputs) = (kernel.shape[0], kernel.shape[1])
    let (height, width) = (kernel.shape[2], kernel.shape[3])
    let scalars = kernel.scalars
    var result = [Double](repeating: 0, count: outputs * inputs)
    for output in 0..<outputs {
      for input in 0..<inputs {
        let start = (output * inputs + input) * height * width
        func element(_ row: Int, _ column: Int) -> Double {
          Double(abs(scalars[start + row * width + column]))
        }
        let columns = (0..<width).map { column in
          (0..<height).reduce(0) { sum, row in
            let element = element(row, column)
            return sum + (norm == .euclidean ? element * element : element)
          }
        }
        result[input * outputs + output] =
          switch norm {
          case .sum: columns.reduce(0, +)
          case .column: columns.max() ?? 0
          case .euclidean: columns.reduce(0, +).squareRoot()
          }
      }
    }
    return result
  }

  /// |γ| / √(variance + ε), what a batch normalisation multiplies its channels by.
  public static func scale(
    gamma: Tensor<Float>, variance: Tensor<Float>, epsilon: Double
  ) -> [Double] {
    zip(gamma.scalars, variance.scalars).map {
      Double(abs($0)) / (Double($1) + epsilon).squareRoot()
    }
  }

  /// Edges whose inputs, or outputs, are multiplied by a factor each.
  public static func scaled(
    _ weights: [Double], inputs: [Double]? = nil, outputs: [Double]? = nil
  ) -> [Double] {
    guard let columns = outputs?.count ?? inputs.map({ weights.count / max($0.count, 1) }) else {
      return weights
    }
    return weights.enumerated().map { index, weight in
      weight * (inputs?[index / columns] ?? 1) * (outputs?[index % columns] ?? 1)
    }
  }
}
