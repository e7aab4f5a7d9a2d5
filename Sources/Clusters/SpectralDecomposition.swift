import Tensors

/// The smallest eigenvalues λ of L u = λ D u and their eigenvectors, L = D − A the Laplacian of a
/// graph and D its degrees.
///
/// They are found as the largest of D^-½ A D^-½, component by component: that gives a component's
/// eigenvalue 0 exactly once, which an iteration on the whole would not promise.
///
/// Reference: Shi, Malik: Normalized cuts and image segmentation. IEEE PAMI 2000.
public struct SpectralDecomposition: Sendable {
  /// λ, ascending, 0…2.
  public let eigenvalues: [Double]
  /// u of each eigenvalue, one number per vertex, uᵀ D u = 1.
  public let vectors: [[Double]]

  /// How many eigenpairs serve a partition into k clusters: k + 2, rounded up so that partitions into
  /// other numbers of clusters change no bit of this one.
  public static func count(for clusters: Int) -> Int {
    var count = 24
    while count < clusters + 2 { count *= 2 }
    return count
  }

  /// The `count` smallest eigenpairs, fewer when there are fewer vertices.
  ///
  /// - Parameters:
  ///   - graph: without isolated vertices.
  ///   - random: where the iterations start.
  /// - Throws: ``SymmetricEigenproblem/NotConverged``.
  public init(
    of graph: WeightGraph, count: Int, random: RandomStream
  ) throws(SymmetricEigenproblem.NotConverged) {
    let components = graph.components
    let degrees = graph.degrees
    require(degrees.allSatisfy { $0 > 0 }, "a graph with isolated vertices")
    var pairs: [(value: Double, vertices: [Int], vector: [Double])] = []
    for component in 0...(components.max() ?? 0) {
      let vertices = components.indices.filter { components[$0] == component }
      let part =
        vertices.count == components.count
        ? graph : graph.keeping(components.map { $0 == component })
      let found = try Self.largest(min(count, vertices.count), of: part, random, step: component)
      for (value, vector) in zip(found.values, found.vectors) {
        pairs.append((value, vertices, vector))
      }
    }
    // Stable: components with equal eigenvalues stay in their order.
    let order = pairs.indices.sorted {
      (pairs[$1].value, $0) < (pairs[$0].value, $1)
    }.prefix(count)
    // Rounding must not make the eigenvalue 0 of a component negative.
    eigenvalues = order.map { max(0, 1 - pairs[$0].value) }
    vectors = order.map { index in
      var u = [Double](repeating: 0, count: degrees.count)
      for (vertex, value) in zip(pairs[index].vertices, pairs[index].vector) {
        u[vertex] = value / degrees[vertex].squareRoot()
      }
      // The sign of an eigenvector is arbitrary: the entry of largest magnitude is positive.
      let largest = u.indices.max { abs(u[$0]) < abs(u[$1]) }
      return largest.map { u[$0] < 0 } == true ? u.map { -$0 } : u
    }
  }

  private static func largest(
    _ count: Int, of graph: WeightGraph, _ random: RandomStream, step: Int
  ) throws(SymmetricEigenproblem.NotConverged) -> Eigenpairs {
    let scale = graph.degrees.map { 1 / $0.squareRoot() }
    // An iteration needs room for twice as many vectors as it is to find; a small matrix is solved
    // as a whole.
    guard graph.vertexCount > 4 * count else { return graph.dense(count, scale) }
    let start: Tensor<Double> = random.uniform([graph.vertexCount], in: -1...1, step: step)
    do {
      if let sides = BipartiteGraph(graph, scale: scale) {
        return try sides.largest(count, start: start.scalars, restarts: restarts)
      }
      var scaled = [Double](repeating: 0, count: graph.vertexCount)
      return try SymmetricEigenproblem.largest(count, start: start.scalars, restarts: restarts) {
        graph.multiplyNormalized($0, scale, &scaled, into: $1)
      }
    } catch {
      // Equal eigenvalues in large numbers, such as the zeros of a matrix of small rank, are not for
      // an iteration.
      guard graph.vertexCount <= largestDenseOrder else { throw error }
      return graph.dense(count, scale)
    }
  }

  /// Iterations that converge take some tens of restarts.
  private static let restarts = 1000
  /// Larger matrices take too much time and memory as a whole.
  private static let largestDenseOrder = 5000
}

extension WeightGraph {
  /// y = S A S x with the diagonal matrix S, block by block.
  fileprivate func multiplyNormalized(
    _ x: UnsafePointer<Double>, _ scale: [Double], _ scaled: inout [Double],
    into y: UnsafeMutablePointer<Double>
  ) {
    for vertex in scale.indices {
      scaled[vertex] = scale[vertex] * x[vertex]
      y[vertex] = 0
    }
    scaled.withUnsafeBufferPointer { scaled in
      guard let x = scaled.baseAddress else { return }
      for block in blocks {
        let (rows, columns) = (groups[block.source].count, groups[block.target].count)
        guard rows > 0, columns > 0 else { continue }
        let (source, target) = (offsets[block.source], offsets[block.target])
        BLAS.addProduct(
          block.weights, rows: rows, columns: columns, transposed: false, x + target,
          to: y + source)
        BLAS.addProduct(
          block.weights, rows: rows, columns: columns, transposed: true, x + source,
          to: y + target)
      }
    }
    for vertex in scale.indices { y[vertex] *= scale[vertex] }
  }

  /// The largest eigenvalues of S A S as LAPACK finds them.
  fileprivate func dense(_ count: Int, _ scale: [Double]) -> Eigenpairs {
    var found = SymmetricEigenproblem.all(of: normalizedAdjacency(scale), order: vertexCount)
    found.values.removeLast(vertexCount - count)
    found.vectors.removeLast(vertexCount - count)
    return found
  }

  private func normalizedAdjacency(_ scale: [Double]) -> [Double] {
    let n = vertexCount
    var matrix = [Double](repeating: 0, count: n * n)
    forEachEdge { source, target, weight in
      let value = weight * scale[source] * scale[target]
      matrix[source * n + target] = value
      matrix[target * n + source] = value
    }
    return matrix
  }
}
