import Tensors

/// A graph whose groups of vertices fall into two sides without edges inside a side, as the layers of
/// a chain do, as the matrix B between the sides: D^-½ A D^-½ = [0 B; Bᵀ 0].
///
/// The positive eigenvalues of that matrix are the singular values σ of B. An iteration with BᵀB
/// handles vectors of one side only, and does not meet the negative eigenvalues −σ: it needs half as
/// many products as one with the whole matrix.
struct BipartiteGraph {
  /// The vertices of the larger side, and of the smaller one, whose numbers BᵀB multiplies.
  let rows: [Int]
  let columns: [Int]
  private let groups: [Group]
  private let matrices: [Double]

  /// A group of the larger side with the blocks that join it to groups of the smaller one.
  private struct Group {
    let start: Int
    let count: Int
    let blocks: [(offset: Int, column: Int, count: Int)]
  }

  /// Rows that are multiplied at a time: what they take stays in the processor's cache, and is used
  /// for the product with B and for that with Bᵀ.
  private static let panel = 64

  /// The sides of a graph; nil when there are none.
  ///
  /// - Parameters:
  ///   - graph: without isolated vertices.
  ///   - scale: the diagonal of D^-½.
  init?(_ graph: WeightGraph, scale: [Double]) {
    guard let sides = Self.sides(of: graph) else { return nil }
    func size(_ side: Bool) -> Int {
      zip(graph.groups, sides).reduce(0) { $0 + ($1.1 == side ? $1.0.count : 0) }
    }
    let larger = size(true) >= size(false)
    var places = [Int](repeating: 0, count: graph.groups.count)
    var (rows, columns): ([Int], [Int]) = ([], [])
    for (index, group) in graph.groups.enumerated() {
      let vertices = graph.offsets[index]..<(graph.offsets[index] + group.count)
      if sides[index] == larger {
        places[index] = rows.count
        rows += vertices
      } else {
        places[index] = columns.count
        columns += vertices
      }
    }
    var matrices: [Double] = []
    matrices.reserveCapacity(graph.blocks.reduce(0) { $0 + $1.weights.count })
    var groups: [Group] = []
    for (index, group) in graph.groups.enumerated() where sides[index] == larger {
      var blocks: [(offset: Int, column: Int, count: Int)] = []
      for block in graph.blocks where block.source == index || block.target == index {
        let other = block.source == index ? block.target : block.source
        blocks.append((matrices.count, places[other], graph.groups[other].count))
        graph.appendNormalized(block, rowGroup: index, scale, to: &matrices)
      }
      groups.append(Group(start: places[index], count: group.count, blocks: blocks))
    }
    (self.rows, self.columns, self.groups, self.matrices) = (rows, columns, groups, matrices)
  }

  /// Which side each group is on; nil when an edge joins a side with itself.
  private static func sides(of graph: WeightGraph) -> [Bool]? {
    var sides = [Bool?](repeating: nil, count: graph.groups.count)
    for start in graph.groups.indices where sides[start] == nil {
      sides[start] = true
      var open = [start]
      while let group = open.popLast() {
        for block in graph.blocks where block.source == group || block.target == group {
          let other = block.source == group ? block.target : block.source
          guard let side = sides[group] else { continue }
          if sides[other] == side { return nil }
          if sides[other] == nil {
            sides[other] = !side
            open.append(other)
          }
        }
      }
    }
    return sides.map { $0 == true }
  }

  /// y = Bᵀ B x; writes B x to `between` as well.
  func multiply(
    _ x: UnsafePointer<Double>, through between: UnsafeMutablePointer<Double>,
    into y: UnsafeMutablePointer<Double>
  ) {
    y.update(repeating: 0, count: columns.count)
    between.update(repeating: 0, count: rows.count)
    matrices.withUnsafeBufferPointer { matrices in
      guard let matrices = matrices.baseAddress else { return }
      for group in groups {
        for first in stride(from: 0, to: group.count, by: Self.panel) {
          let count = min(Self.panel, group.count - first)
          let part = between + group.start + first
          for block in group.blocks where block.count > 0 {
            BLAS.addProduct(
              matrices + block.offset + first * block.count, rows: count, columns: block.count,
              transposed: false, x + block.column, to: part)
          }
          for block in group.blocks where block.count > 0 {
            BLAS.addProduct(
              matrices + block.offset + first * block.count, rows: count, columns: block.count,
              transposed: true, part, to: y + block.column)
          }
        }
      }
    }
  }

  /// Smaller singular values make no eigenvectors of sufficient precision.
  private static let smallestValue = 1e-3

  /// The largest eigenvalues of D^-½ A D^-½ and their eigenvectors.
  ///
  /// - Throws: ``SymmetricEigenproblem/NotConverged`` when they are not found in this way, as where
  ///   fewer of them are positive.
  func largest(
    _ count: Int, start: [Double], restarts: Int
  ) throws(SymmetricEigenproblem.NotConverged) -> Eigenpairs {
    var between = [Double](repeating: 0, count: rows.count)
    func fails(_ residual: Double?) -> SymmetricEigenproblem.NotConverged {
      SymmetricEigenproblem.NotConverged(
        count: count, order: rows.count + columns.count, iterations: 0, residual: residual)
    }
    guard columns.count > 4 * count else { throw fails(nil) }
    let found = try SymmetricEigenproblem.largest(
      count, start: Array(start.prefix(columns.count)), restarts: restarts
    ) { x, y in multiply(x, through: &between, into: y) }
    guard let last = found.values.last, last > Self.smallestValue * Self.smallestValue else {
      throw fails(nil)
    }
    var image = [Double](repeating: 0, count: columns.count)
    var vectors: [[Double]] = []
    let values = found.values.map { $0.squareRoot() }
    for (value, vector) in zip(values, found.vectors) {
      multiply(vector, through: &between, into: &image)
      var whole = [Double](repeating: 0, count: rows.count + columns.count)
      var residual = 0.0
      let half = 0.5.squareRoot()
      for (place, vertex) in columns.enumerated() {
        whole[vertex] = half * vector[place]
        let difference = half * (image[place] / value - value * vector[place])
        residual += difference * difference
      }
      for (place, vertex) in rows.enumerated() { whole[vertex] = half * between[place] / value }
      guard residual.squareRoot() <= SymmetricEigenproblem.largestResidual else {
        throw fails(residual.squareRoot())
      }
      vectors.append(whole)
    }
    return Eigenpairs(values: values, vectors: vectors)
  }
}

extension WeightGraph {
  /// Appends s_i A_ij s_j of a block, the vertices of one of its groups by rows.
  fileprivate func appendNormalized(
    _ block: Block, rowGroup: Int, _ scale: [Double], to matrices: inout [Double]
  ) {
    let other = block.source == rowGroup ? block.target : block.source
    let (rows, columns) = (groups[rowGroup].count, groups[other].count)
    let (row, column) = block.source == rowGroup ? (columns, 1) : (1, rows)
    scale.withUnsafeBufferPointer { scale in
      block.weights.withUnsafeBufferPointer { weights in
        for i in 0..<rows {
          for j in 0..<columns {
            matrices.append(
              scale[offsets[rowGroup] + i] * scale[offsets[other] + j]
                * weights[i * row + j * column])
          }
        }
      }
    }
  }
}
