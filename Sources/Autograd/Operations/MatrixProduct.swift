import Tensors

extension Graph {
  /// Multiplies matrices, one pair or a batch of pairs, as they are.
  public func matrixProduct(_ a: Value<Scalar>, _ b: Value<Scalar>) -> Value<Scalar> {
    matrixProduct(a, transposed: false, b, transposed: false)
  }

  /// Multiplies matrices, one pair or a batch of pairs, each transposed first if asked for.
  ///
  /// Y = op(A) op(B) with op(M) = M or Mᵀ
  ///
  /// Shapes: op(A) m×k, op(B) k×n → m×n; or S×m×k and S×k×n → S×m×n.
  /// Edge cases: k = 0 gives zeros.
  /// Gradient: dop(A) = dY op(B)ᵀ, dop(B) = op(A)ᵀ dY.
  /// PyTorch equivalent: `torch.matmul(a, b)`, with `a.mT` or `b.mT` for the transposed.
  public func matrixProduct(
    _ a: Value<Scalar>, transposed aIsTransposed: Bool, _ b: Value<Scalar>,
    transposed bIsTransposed: Bool
  ) -> Value<Scalar> {
    var y = Tensor<Scalar>(
      uninitialized: .ofProduct(
        a.shape, transposed: aIsTransposed, b.shape, transposed: bIsTransposed))
    let (tA, tB) = (aIsTransposed, bIsTransposed)
    Tensor.matrixProduct(a.tensor, transposed: tA, b.tensor, transposed: tB, into: &y)
    return record(y, inputs: [a, b]) { dY, pull in
      pull.accumulate(into: a) { dA, adds in
        if tA {  // dA = op(B) dYᵀ
          Tensor.matrixProduct(
            b.tensor, transposed: tB, dY, transposed: true, into: &dA, adds: adds)
        } else {  // dA = dY op(B)ᵀ
          Tensor.matrixProduct(
            dY, transposed: false, b.tensor, transposed: !tB, into: &dA, adds: adds)
        }
      }
      pull.accumulate(into: b) { dB, adds in
        if tB {  // dB = dYᵀ op(A)
          Tensor.matrixProduct(
            dY, transposed: true, a.tensor, transposed: tA, into: &dB, adds: adds)
        } else {  // dB = op(A)ᵀ dY
          Tensor.matrixProduct(
            a.tensor, transposed: !tA, dY, transposed: false, into: &dB, adds: adds)
        }
      }
    }
  }
}

extension Shape {
  /// The shape of a product of two matrices or of two batches of matrices.
  fileprivate static func ofProduct(
    _ a: Shape, transposed aIsTransposed: Bool, _ b: Shape, transposed bIsTransposed: Bool
  ) -> Shape {
    require(
      a.rank == b.rank && (a.rank == 2 || (a.rank == 3 && a[0] == b[0])),
      "matrixProduct: shapes \(a) and \(b)")
    let (row, column) = (a.rank - 2, a.rank - 1)
    require(
      a[aIsTransposed ? row : column] == b[bIsTransposed ? column : row],
      "matrixProduct: \(a)\(aIsTransposed ? "ᵀ" : "") times \(b)\(bIsTransposed ? "ᵀ" : "")")
    let result: Shape = [a[aIsTransposed ? column : row], b[bIsTransposed ? row : column]]
    return a.rank == 3 ? result.prepending(a[0]) : result
  }
}

enum MatrixProductChecks: GradientCheckSource {
  static let operation = "MatrixProduct"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let sizes: [(pairs: Int?, m: Int, n: Int, k: Int)] = [
      (nil, 2, 3, 4), (nil, 1, 1, 1), (nil, 3, 1, 2), (nil, 1, 4, 3), (nil, 0, 3, 2),
      (nil, 2, 3, 0), (3, 2, 4, 3), (1, 3, 2, 1), (0, 2, 2, 2), (2, 2, 0, 3),
    ]
    let products = sizes.flatMap { size in
      [(false, false), (false, true), (true, false), (true, true)].map { tA, tB in
        let pairs = size.pairs.map { [$0] } ?? []
        let a = Shape(pairs + (tA ? [size.k, size.m] : [size.m, size.k]))
        let b = Shape(pairs + (tB ? [size.n, size.k] : [size.k, size.n]))
        let isEmpty = (size.pairs ?? 1) * size.m * size.n == 0
        return OperationSample<Scalar>(
          "\(a)\(tA ? "ᵀ" : "") · \(b)\(tB ? "ᵀ" : "")", inputs: [.init(a), .init(b)],
          inputsWithoutEffect: isEmpty ? [0, 1] : []
        ) { graph, x in graph.matrixProduct(x[0], transposed: tA, x[1], transposed: tB) }
      }
    }
    return products + [
      OperationSample("reused input", inputs: [.init([3, 3])]) { graph, x in
        graph.matrixProduct(x[0], transposed: false, x[0], transposed: true)
      },
      OperationSample("reused in a batch", inputs: [.init([2, 3, 3])]) { graph, x in
        let y = graph.matrixProduct(x[0], x[0])
        return graph.matrixProduct(y, transposed: true, x[0], transposed: false)
      },
    ]
  }
}
