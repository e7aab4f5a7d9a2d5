import Tensors

extension Graph {
  /// Adds a vector to every row, or one vector to every slice of the batch.
  ///
  /// y[b, …, k] = x[b, …, k] + bias[s(b), k] with s(b) = ⌊b S / B⌋
  ///
  /// Shapes: x B×…×K, bias K or S×K with B divisible by S → B×…×K.
  /// Gradient: dx = dy, dbias[s] = Σ dy over the rows of slice s.
  /// PyTorch equivalent: `x + bias` (S = 1).
  public func addBias(_ x: Value<Scalar>, _ bias: Value<Scalar>) -> Value<Scalar> {
    let layout = BiasLayout(x: x.shape, bias: bias.shape, operation: "addBias")
    var y = x.tensor
    layout.add(bias.tensor, to: &y)
    let (placeX, placeBias) = (x.place, bias.place)
    return record(y, inputs: [x, bias]) { dY, pull in
      pull.add(dY, to: placeX)
      pull.accumulate(into: placeBias) { dBias, adds in
        layout.addGradient(of: dY, to: &dBias, adds: adds)
      }
    }
  }
}

/// How the vectors of a bias are spread over the rows of a batch.
struct BiasLayout {
  /// The rows that share one vector.
  let groups: RowGroups
  /// K, the length of a vector.
  let columns: Int

  /// The layout of a bias K or S×K; the groups of rows are equal slices of the batch when nil.
  init(x: Shape, bias: Shape, groups: RowGroups? = nil, operation: String) {
    require(
      x.rank >= 1 && (bias.rank == 1 || (bias.rank == 2 && x.rank >= 2))
        && bias[bias.rank - 1] == x[x.rank - 1],
      "\(operation): bias \(bias) for a value \(x)")
    columns = x[x.rank - 1]
    self.groups = RowGroups(
      of: x, samples: bias.rank == 1 ? 1 : bias[0], groups, operation: operation)
  }

  func add<Scalar>(_ bias: Tensor<Scalar>, to y: inout Tensor<Scalar>) {
    bias.read { bias in
      y.write { y in
        for group in 0..<groups.count {
          Scalar.addRowVector(
            groups[group].count, columns, bias + group * columns, y + groups.starts[group] * columns
          )
        }
      }
    }
  }

  func addGradient<Scalar>(
    of dY: Tensor<Scalar>, to dBias: inout Tensor<Scalar>, adds: Bool
  ) {
    dY.read { dY in
      dBias.write { dBias in
        for group in 0..<groups.count {
          Scalar.sumRows(
            groups[group].count, columns, dY + groups.starts[group] * columns,
            dBias + group * columns, adds: adds)
        }
      }
    }
  }
}

enum AddBiasChecks: GradientCheckSource {
  static let operation = "AddBias"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let shapes: [(x: Shape, bias: Shape)] = [
      ([4, 3], [3]), ([1, 1], [1]), ([3], [3]), ([2, 3, 4], [4]), ([6, 3], [2, 3]),
      ([4, 2, 3], [4, 3]), ([2, 1], [2, 1]), ([0, 3], [3]), ([0, 3], [2, 3]), ([4, 0], [2, 0]),
    ]
    return shapes.map { shapes in
      OperationSample(
        "\(shapes.x) + \(shapes.bias)", inputs: [.init(shapes.x), .init(shapes.bias)],
        inputsWithoutEffect: shapes.x.count == 0 ? [1] : []
      ) { graph, x in graph.addBias(x[0], x[1]) }
    } + [
      OperationSample("reused bias", inputs: [.init([4, 3]), .init([2, 3])]) { graph, x in
        graph.addBias(graph.addBias(x[0], x[1]), x[1])
      },
      OperationSample("bias of itself", inputs: [.init([3])]) { graph, x in
        graph.addBias(x[0], x[0])
      },
    ]
  }
}
