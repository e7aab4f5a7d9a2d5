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
    let layout = LinearLayout(x: x.shape, weight: weight.shape)
    let (s, rows, c, k) = (layout.samples, layout.rows, layout.inputs, layout.outputs)
    var y = Tensor<Scalar>(uninitialized: layout.result)
    MatrixPairs(count: s, rows, k, c)
      .multiply(x.tensor, false, weight.tensor, true, into: &y, adds: false)
    let biasLayout = bias.map { BiasLayout(x: y.shape, bias: $0.shape, operation: "linear") }
    if let bias, let biasLayout { biasLayout.add(bias.tensor, to: &y) }

    let biasPlace = bias?.place
    let inputs = bias.map { [x, weight, $0] } ?? [x, weight]
    return record(y, inputs: inputs) { dY, pull in
      pull.accumulate(into: x) { dX, adds in  // dx = dy w
        MatrixPairs(count: s, rows, c, k)
          .multiply(dY, false, weight.tensor, false, into: &dX, adds: adds)
      }
      pull.accumulate(into: weight) { dW, adds in  // dw = dyᵀ x
        MatrixPairs(count: s, k, c, rows)
          .multiply(dY, true, x.tensor, false, into: &dW, adds: adds)
      }
      if let biasPlace, let biasLayout {
        pull.accumulate(into: biasPlace) { dBias, adds in  // dbias = Σ dy
          biasLayout.addGradient(of: dY, to: &dBias, adds: adds)
        }
      }
    }
  }
}

/// The sizes of a linear map with weight samples.
private struct LinearLayout {
  /// S, the number of weight samples.
  let samples: Int
  /// Rows that share one weight sample.
  let rows: Int
  /// C, the length of an input row.
  let inputs: Int
  /// K, the length of an output row.
  let outputs: Int
  let result: Shape

  init(x: Shape, weight: Shape) {
    precondition(
      x.rank >= 2 && (weight.rank == 2 || weight.rank == 3)
        && weight[weight.rank - 1] == x[x.rank - 1],
      "linear: weight \(weight) for a value \(x)")
    samples = weight.rank == 3 ? weight[0] : 1
    inputs = weight[weight.rank - 1]
    outputs = weight[weight.rank - 2]
    precondition(
      samples > 0 && x[0] % samples == 0,
      "linear: a batch of \(x[0]) cannot be cut into \(samples) equal slices")
    var total = 1
    for axis in 0..<x.rank - 1 { total *= x[axis] }
    rows = total / samples
    result = x.replacing(axis: x.rank - 1, with: outputs)
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
