import Tensors

extension Graph {
  /// Rows of a matrix, chosen by number: tokens' vectors from a table, the last steps of sequences.
  ///
  /// y[n] = x[rows[n]]
  ///
  /// Shapes: x V×D, rows N (0 ≤ row < V) → N×D.
  /// Edge cases: rows may repeat and may be left out; no rows give an empty result.
  /// Gradient: dx[v] = Σ dy[n] over the n with rows[n] = v, added in the order of n.
  /// Complexity: O(N D) forward; no one-hot vectors.
  /// PyTorch equivalent: `nn.functional.embedding(rows, x)` or `x[rows]`.
  public func gather(_ x: Value<Scalar>, rows: [Int]) -> Value<Scalar> {
    require(x.shape.rank == 2, "gather: rows of a value \(x.shape)")
    require(
      rows.allSatisfy { $0 >= 0 && $0 < x.shape[0] }, "gather: a row beyond 0..<\(x.shape[0])")
    let place = x.place
    return record(x.tensor.gatheringRows(rows), inputs: [x]) { dY, pull in
      pull.accumulate(into: place) { dX, adds in
        if !adds { dX.fill(0) }
        dX.addRows(dY, at: rows)
      }
    }
  }
}

extension Tensor {
  /// The chosen rows of a matrix. Shapes: V×D → N×D.
  func gatheringRows(_ rows: [Int]) -> Tensor {
    let columns = shape[1]
    var result = Tensor(uninitialized: [rows.count, columns])
    read { x in
      result.write { y in
        for (n, row) in rows.enumerated() {
          (y + n * columns).update(from: x + row * columns, count: columns)
        }
      }
    }
    return result
  }

  /// Adds the rows of a matrix N×D to the chosen ones of this one.
  mutating func addRows(_ other: Tensor, at rows: [Int]) {
    let columns = shape[1]
    write { x in
      other.read { y in
        for (n, row) in rows.enumerated() {
          let target = x + row * columns
          Scalar.add(columns, target, y + n * columns, target)
        }
      }
    }
  }
}

enum GatherChecks: GradientCheckSource {
  static let operation = "Gather"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let cases: [(shape: Shape, rows: [Int])] = [
      ([4, 3], [2, 0]), ([3, 2], [1, 1, 0, 1]), ([1, 1], [0]), ([5, 17], [4, 2, 4]),
      ([2, 0], [1, 0]),
    ]
    return cases.map { shape, rows in
      OperationSample("\(shape) rows \(rows)", inputs: [.init(shape)]) { graph, x in
        graph.gather(x[0], rows: rows)
      }
    } + [
      OperationSample("no rows", inputs: [.init([3, 2])], inputsWithoutEffect: [0]) { graph, x in
        graph.gather(x[0], rows: [])
      },
      OperationSample("reused table", inputs: [.init([3, 2])]) { graph, x in
        graph.multiply(graph.gather(x[0], rows: [0, 2, 2]), graph.gather(x[0], rows: [1, 2, 0]))
      },
    ]
  }
}
