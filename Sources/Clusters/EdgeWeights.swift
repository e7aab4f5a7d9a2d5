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
    let isSquared = norm == .euclidean
    var result = [Double](repeating: 0, count: outputs * inputs)
    kernel.withUnsafeBufferPointer { scalars in
      var start = 0
      for output in 0..<outputs {
        for input in 0..<inputs {
          var (total, largest) = (0.0, 0.0)
          for column in 0..<width {
            var sum = 0.0
            for row in 0..<height {
              let element = Double(abs(scalars[start + row * width + column]))
              sum += isSquared ? element * element : element
            }
            total += sum
            largest = max(largest, sum)
          }
          start += height * width
          result[input * outputs + output] =
            switch norm {
            case .sum: total
            case .column: largest
            case .euclidean: total.squareRoot()
            }
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
