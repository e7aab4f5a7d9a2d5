import Tensors

/// The undirected graph of a network: its units are vertices, absolute weights are edges, or how alike
/// units answer (``init(activations:)``).
///
/// Only the blocks of weights between groups of vertices are stored: for a chain of layers of width
/// w they are smaller than the adjacency matrix by the number of layers.
///
/// Reference: Filan, Casper, Hod, Wild, Critch, Russell: Clusterability in neural networks, 2021,
/// section 2.
public struct WeightGraph: Sendable {
  /// Vertices that belong together: the units of a layer, or the inputs of a network.
  public struct Group: Sendable, Equatable {
    /// The dotted name of the module whose outputs the vertices are; `inputs` for those of the
    /// network.
    public let layer: String
    /// Number of vertices.
    public let count: Int

    /// A group of vertices.
    public init(layer: String, count: Int) {
      self.layer = layer
      self.count = count
    }
  }

  /// The edges between two groups, or between the vertices of one group.
  public struct Block: Sendable {
    /// Index of the group of the rows.
    public let source: Int
    /// Index of the group of the columns.
    public let target: Int
    /// At least 0, sources×targets by rows; of the edges within a group, each once, above the diagonal.
    public var weights: [Double]

    /// Edges from the vertices of one group to those of another, or of the same.
    public init(source: Int, target: Int, weights: [Double]) {
      self.source = source
      self.target = target
      self.weights = weights
    }
  }

  /// In the order of the vertices.
  public let groups: [Group]
  /// At most one for each pair of groups.
  public let blocks: [Block]
  /// Index of the first vertex of each group, and the number of vertices.
  let offsets: [Int]

  /// A graph of groups and the blocks between them.
  ///
  /// - Precondition: blocks have the sizes of their groups; weights are finite and not negative.
  public init(groups: [Group], blocks: [Block]) {
    for block in blocks {
      require(
        block.weights.count == groups[block.source].count * groups[block.target].count,
        "\(block.weights.count) weights from \(groups[block.source]) to \(groups[block.target])")
      require(
        block.source != block.target || block.isAboveDiagonal(groups[block.source].count),
        "edges within \(groups[block.source]) that are not above the diagonal")
      require(
        block.weights.allSatisfy { $0 >= 0 && $0.isFinite },
        "weights from \(groups[block.source].layer) that are negative or not finite")
    }
    self.groups = groups
    self.blocks = blocks
    offsets = groups.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
  }

  /// A chain of layers: block i lies between groups i and i + 1.
  public init(chain groups: [Group], weights: [[Double]]) {
    require(weights.count == groups.count - 1, "\(weights.count) blocks")
    self.init(
      groups: groups,
      blocks: weights.enumerated().map {
        Block(source: $0.offset, target: $0.offset + 1, weights: $0.element)
      })
  }

  /// Number of vertices.
  public var vertexCount: Int { offsets[groups.count] }

  /// d, the sum of the weights of each vertex's edges.
  public var degrees: [Double] {
    var degrees = [Double](repeating: 0, count: vertexCount)
    forEachEdge {
      degrees[$0] += $2; degrees[$1] += $2
    }
    return degrees
  }

  /// Calls `body` with the vertices and the weight of every edge that is not 0.
  func forEachEdge(_ body: (_ source: Int, _ target: Int, _ weight: Double) -> Void) {
    for block in blocks {
      let (first, second) = (offsets[block.source], offsets[block.target])
      let columns = groups[block.target].count
      block.weights.withUnsafeBufferPointer { weights in
        for row in 0..<groups[block.source].count {
          for column in 0..<columns {
            let weight = weights[row * columns + column]
            if weight != 0 { body(first + row, second + column, weight) }
          }
        }
      }
    }
  }

  /// The graph of the vertices that are kept, in their order, and of the edges between them.
  public func keeping(_ isKept: [Bool]) -> WeightGraph {
    require(isKept.count == vertexCount, "\(isKept.count) of \(vertexCount) vertices")
    let kept = groups.indices.map { group in
      (0..<groups[group].count).filter { isKept[offsets[group] + $0] }
    }
    return WeightGraph(
      groups: zip(groups, kept).map { Group(layer: $0.layer, count: $1.count) },
      blocks: blocks.map { block in
        let columns = groups[block.target].count
        let weights = kept[block.source].flatMap { row in
          kept[block.target].map { block.weights[row * columns + $0] }
        }
        return Block(source: block.source, target: block.target, weights: weights)
      })
  }

  /// The component that each vertex belongs to, counted from 0 in the order of their first vertices.
  public var components: [Int] {
    var parent = Array(0..<vertexCount)
    let roots = parent.withUnsafeMutableBufferPointer { parent in
      let forest = Forest(parent: parent)
      for block in blocks { join(block, forest) }
      return parent.indices.map { forest.root($0) }
    }
    var numbers: [Int: Int] = [:]
    return roots.map { root in
      if let number = numbers[root] { return number }
      numbers[root] = numbers.count
      return numbers.count - 1
    }
  }

  /// Joins the vertices that the edges of a block join.
  private func join(_ block: Block, _ forest: Forest) {
    let (first, second) = (offsets[block.source], offsets[block.target])
    let (rows, columns) = (groups[block.source].count, groups[block.target].count)
    block.weights.withUnsafeBufferPointer { weights in
      for row in 0..<rows {
        var root = forest.root(first + row)
        for column in 0..<columns
        where weights[row * columns + column] != 0 && forest.parent[second + column] != root {
          root = forest.join(root, second + column)
        }
      }
    }
  }
}

extension WeightGraph.Block {
  /// Whether a square block has no weight on the diagonal and below it.
  fileprivate func isAboveDiagonal(_ count: Int) -> Bool {
    (0..<count).allSatisfy { row in
      weights[(row * count)..<(row * count + row + 1)].allSatisfy { $0 == 0 }
    }
  }
}

/// Sets of vertices as trees; a root is the first vertex of its set.
private struct Forest {
  let parent: UnsafeMutableBufferPointer<Int>

  func root(_ vertex: Int) -> Int {
    var vertex = vertex
    while parent[vertex] != vertex {
      parent[vertex] = parent[parent[vertex]]
      vertex = parent[vertex]
    }
    return vertex
  }

  /// Makes one set of two, and returns its root.
  func join(_ a: Int, _ b: Int) -> Int {
    let (first, second) = (root(a), root(b))
    let root = min(first, second)
    parent[max(first, second)] = root
    parent[b] = root
    return root
  }
}
