import Tensors

extension Graph {
  /// Applies a weight matrix and a bias to every row, or a set of weight samples to the slices of
  /// the batch.
  ///
  /// y[b, …, k] = Σ_c x[b, …, c] w[s(b), k, c] + bias[s(b), k] with s(b) = ⌊b S / B⌋:
  /// weight sample s serves the s-th contiguous slice of the batch.
  ///
  /// Shapes: x B×…×C, weight K×C or S×K×C, bias K or S×K, B divisible by S → B×…×K.
  /// Edge cases: C = 0 gives the bias; B = 0 gives an empty result.
  /// Gradient: dx = dy w; dw[s] = dyᵀ x and dbias[s] = Σ dy over the rows of slice s.
  /// Complexity: one matrix product of B·…×C by C×K; no copies of the input or the weights.
  /// PyTorch equivalent: `nn.functional.linear(x, weight, bias)`; with samples, of each chunk of
  /// the batch.
  public func linear(
    _ x: Value<Scalar>, weight: Value<Scalar>, bias: Value<Scalar>? = nil
  ) -> Value<Scalar> {
    linear(x, map: LinearMap(weight), bias: bias)
  }

  /// Applies a linear map and a bias to every row; see ``linear(_:weight:bias:)``.
  ///
  /// - Parameters:
  ///   - x: B×…×C.
  ///   - map: the weight, or samples of it.
  ///   - bias: K or S×K.
  ///   - groups: the rows that each sample serves; equal slices of the batch when nil.
  public func linear(
    _ x: Value<Scalar>, map: LinearMap<Scalar>, bias: Value<Scalar>? = nil,
    groups: RowGroups? = nil
  ) -> Value<Scalar> {
    require(
      x.shape.rank >= 2 && x.shape[x.shape.rank - 1] == map.inputs,
      "linear: a map from \(map.inputs) to \(map.outputs) for a value \(x.shape)")
    return apply(
      map, to: x, result: x.shape.replacing(axis: x.shape.rank - 1, with: map.outputs), bias: bias,
      groups: groups, operation: "linear")
  }

  /// y = x wₛᵀ + biasₛ for all rows of the result, each from the row (or patch) of x of its number.
  func apply(
    _ map: LinearMap<Scalar>, to x: Value<Scalar>, result: Shape, bias: Value<Scalar>?,
    groups: RowGroups? = nil, operation: String
  ) -> Value<Scalar> {
    let blocks = RowGroups(of: result, samples: map.samples, groups, operation: operation).blocks
    var y = Tensor<Scalar>(uninitialized: result)
    map.multiply(x.tensor, into: &y, blocks: blocks, adds: false)
    let biasLayout = bias.map {
      BiasLayout(x: result, bias: $0.shape, groups: groups, operation: operation)
    }
    if let bias, let biasLayout { biasLayout.add(bias.tensor, to: &y) }

    let biasPlace = bias?.place
    return record(y, inputs: [x] + map.dependencies + (bias.map { [$0] } ?? [])) { dY, pull in
      pull.accumulate(into: x) { dX, adds in  // dx = dy w
        map.multiplyTransposed(dY, into: &dX, blocks: blocks, adds: adds)
      }
      map.addGradient(x: x.tensor, dY: dY, blocks: blocks, pull: pull)  // dw = dyᵀ x
      if let biasPlace, let biasLayout {
        pull.accumulate(into: biasPlace) { dBias, adds in  // dbias = Σ dy
          biasLayout.addGradient(of: dY, to: &dBias, adds: adds)
        }
      }
    }
  }
}

enum LinearChecks: GradientCheckSource {
  static let operation = "Linear"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let shapes: [(x: Shape, weight: Shape, bias: Shape?)] = [
      ([4, 3], [2, 3], nil), ([4, 3], [2, 3], [2]), ([1, 1], [1, 1], [1]), ([5, 1], [3, 1], [3]),
      ([6, 3], [2, 4, 3], nil), ([6, 3], [3, 4, 3], [4]), ([6, 3], [3, 4, 3], [3, 4]),
      ([6, 3], [4, 3], [2, 4]), ([4, 2, 3], [2, 5, 3], [2, 5]), ([2, 3, 1, 2], [3, 2], [3]),
      ([4, 3], [1, 2, 3], [1, 2]), ([0, 3], [2, 3], [2]), ([4, 0], [2, 0], [2]),
      ([4, 0], [2, 3, 0], [2, 3]), ([0, 3], [2, 2, 3], [2, 2]), ([2, 3], [0, 3], [0]),
    ]
    return shapes.map { x, weight, bias in
      let inputs = [x, weight] + (bias.map { [$0] } ?? [])
      let isEmpty = x.replacing(axis: x.rank - 1, with: weight[weight.rank - 2]).count == 0
      return OperationSample(
        inputs.map(\.description).joined(separator: ", "), inputs: inputs.map { .init($0) },
        inputsWithoutEffect: isEmpty ? [0, 1, 2] : []
      ) { graph, v in graph.linear(v[0], weight: v[1], bias: v.count > 2 ? v[2] : nil) }
    } + [
      OperationSample("reused weight", inputs: [.init([4, 3]), .init([2, 3, 3]), .init([3])]) {
        graph, v in
        graph.linear(graph.linear(v[0], weight: v[1], bias: v[2]), weight: v[1], bias: v[2])
      },
      OperationSample("input is the weight", inputs: [.init([3, 3])]) { graph, v in
        graph.linear(v[0], weight: v[0])
      },
    ]
  }
}
