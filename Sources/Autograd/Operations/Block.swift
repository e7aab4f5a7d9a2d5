import Tensors

extension Graph {
  /// The elements of some rows and columns of a matrix.
  ///
  /// y[i, j] = x[rows[i], columns[j]]
  ///
  /// Shapes: x K×C → K'×C', those of the block.
  /// Gradient: dx is dy in the block and 0 elsewhere.
  /// PyTorch equivalent: `x[rows][:, columns]`.
  public func elements(_ x: Value<Scalar>, of block: LiveBlock) -> Value<Scalar> {
    let place = x.place
    return record(x.tensor.elements(of: block), inputs: [x]) { dY, pull in
      pull.accumulate(into: place) { dX, adds in
        if !adds { dX.fill(0) }
        dX.add(dY, rows: block.rows, columns: block.columns)
      }
    }
  }

  /// A constant matrix with other elements in some rows and columns.
  ///
  /// y[rows[i], columns[j]] = x[i, j]; elsewhere y is the matrix
  ///
  /// Shapes: x K'×C', those of the block, matrix K×C → K×C.
  /// Gradient: dx is dy in the block.
  /// PyTorch equivalent: `matrix.index_put((rows[:, None], columns), x)`.
  public func put(
    _ x: Value<Scalar>, in block: LiveBlock, of matrix: Tensor<Scalar>
  ) -> Value<Scalar> {
    let place = x.place
    var result = matrix
    result.put(x.tensor, in: block)
    return record(result, inputs: [x]) { dY, pull in
      pull.add(dY.elements(of: block), to: place)
    }
  }
}

enum BlockChecks: GradientCheckSource {
  static let operation = "Block"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let block = LiveBlock(of: [4, 3], rows: [0, 3], columns: [1, 2])
    let nothing = LiveBlock(of: [4, 3], rows: [], columns: [])
    return [
      OperationSample("elements", inputs: [.init([4, 3])]) { graph, x in
        graph.elements(x[0], of: block)
      },
      OperationSample("reused matrix", inputs: [.init([4, 3])]) { graph, x in
        graph.multiply(graph.elements(x[0], of: block), graph.elements(x[0], of: block))
      },
      OperationSample("no elements", inputs: [.init([4, 3])], inputsWithoutEffect: [0]) {
        graph, x in graph.elements(x[0], of: nothing)
      },
      OperationSample("put", inputs: [.init([2, 2])]) { graph, x in
        graph.put(x[0], in: block, of: Tensor(repeating: 2, shape: [4, 3]))
      },
    ]
  }
}
