import Tensors
import Testing

/// Products with what is mostly zero leave the zeros out and have the bits of full products.
@Suite struct SparseProductTests {
  static let levels = KernelLevel.allCases.filter(\.isAvailable)
  private let source = RandomSource(seed: 21)

  private func draw(_ name: String, _ shape: Shape) -> Tensor<Float> {
    source.stream(name).uniform(shape, in: -1...1, step: 0)
  }

  /// A matrix of which one element in so many is not zero, and of which a row is empty.
  private func sparse(_ rows: Int, _ columns: Int, oneIn share: Int) -> Tensor<Float> {
    var matrix = draw("elements", [rows, columns])
    let chance = source.stream("places").integers(rows * columns, below: share)
    for row in 0..<rows {
      for column in 0..<columns where row == 1 || chance[row * columns + column] > 0 {
        matrix[row, column] = 0
      }
    }
    return matrix
  }

  /// Widths with and without full vectors; many matrices and none.
  @Test(arguments: [1, 16, 28, 45, 84], [0, 1, 3])
  func `a sparse matrix times many is the full product with each`(width: Int, slices: Int) {
    let full = sparse(9, 6, oneIn: 3).converted(to: Double.self)
    for transposed in [false, true] {
      let matrix = transposed ? full.transposed() : full
      let x = draw("x", [slices, matrix.shape[1], width])
      let exact = (0..<slices).flatMap {
        matrix.matrixProduct(x.slice($0).converted(to: Double.self)).scalars
      }
      let double = SparseMatrix<Double>(full, transposed: transposed)
        .timesEach(x.converted(to: Double.self), width: width)
      #expect(double.shape == [slices * matrix.shape[0], width])
      #expect(zip(double.scalars, exact).allSatisfy { abs($0 - $1) < 1e-12 })
      let single = SparseMatrix<Float>(full, transposed: transposed)
      for level in Self.levels {
        let found = level.use { single.timesEach(x, width: width) }
        #expect(zip(found.scalars, exact).allSatisfy { abs(Double($0) - $1) < 1e-5 }, "\(level)")
      }
    }
  }

  /// Gradients of few units come in one block; the same in two blocks are multiplied in full.
  @Test(arguments: levels, [(13, 7), (64, 200), (70, 259), (256, 784)])
  func `zeros of gradients are left out with the same bits`(
    _ level: KernelLevel, _ size: (outputs: Int, inputs: Int)
  ) {
    let (outputs, inputs) = size
    let weight = draw("weight", [outputs, inputs])
    let blocks = [(0, 12), (12, 11)].map { first, count in
      RowBlock(sample: 0, inputRow: first + 2, outputRow: first + 1, count: count)
    }
    let whole = RowBlock(sample: 0, inputRow: 2, outputRow: 1, count: 23)
    for share in [1, 3, 10, 1_000_000] {
      let dY = sparse(24, outputs, oneIn: share)
      level.use {
        let matrix = WeightMatrix(weight)
        for adds in [false, true] {
          var (together, apart) = (draw("dX", [25, inputs]), draw("dX", [25, inputs]))
          var exact = together.converted(to: Double.self)
          matrix.multiplyTransposed(dY, into: &together, blocks: [whole], adds: adds)
          matrix.multiplyTransposed(dY, into: &apart, blocks: blocks, adds: adds)
          WeightMatrix(weight.converted(to: Double.self)).multiplyTransposed(
            dY.converted(to: Double.self), into: &exact, blocks: [whole], adds: adds)
          if level.hasFusedMultiplyAdd { #expect(together == apart) }
          #expect(
            zip(together.scalars, exact.scalars).allSatisfy { abs(Double($0) - $1) < 1e-4 })
        }
      }
    }
  }
}
