import Tensors

extension WeightGraph {
  /// The graph of how alike units answer: the edge between two units, of one layer or of different
  /// ones, is the square of Spearman's rank correlation of their activations.
  ///
  /// Units that never change have no edges. Reference: Hod, Filan, Casper, Critch, Russell:
  /// Quantifying local specialization in deep neural networks, 2022, section 2.
  ///
  /// - Parameter activations: of each layer its name and examples×units, of the same examples.
  public init(activations: [(layer: String, values: Tensor<Float>)]) {
    let ranks = activations.map { StandardizedRanks(columns: $0.values) }
    var blocks: [Block] = []
    for source in ranks.indices {
      for target in source..<ranks.count {
        var weights = ranks[source].correlations(with: ranks[target]).map { min($0 * $0, 1) }
        if source == target {
          let count = ranks[source].count
          for row in 0..<count {
            for column in 0...row { weights[row * count + column] = 0 }
          }
        }
        blocks.append(Block(source: source, target: target, weights: weights))
      }
    }
    self.init(
      groups: zip(activations, ranks).map { Group(layer: $0.layer, count: $1.count) },
      blocks: blocks)
  }

  /// The graph with other weights on its edges.
  ///
  /// - Parameter change: gets the weights between two groups at a time, with the number of their
  ///   block; in a graph with edges within groups those of all edges at once, as number 0. Returns as
  ///   many.
  func changingWeights(
    _ change: (_ number: Int, _ weights: [Double]) -> [Double]
  ) -> WeightGraph {
    guard blocks.contains(where: { $0.source == $0.target }) else {
      return WeightGraph(
        groups: groups,
        blocks: blocks.enumerated().map { number, block in
          Block(
            source: block.source, target: block.target, weights: change(number, block.weights))
        })
    }
    let places = blocks.map(self.places)
    let weights = zip(blocks, places).flatMap { block, places in places.map { block.weights[$0] } }
    var changed = change(0, weights)[...]
    return WeightGraph(
      groups: groups,
      blocks: zip(blocks, places).map { block, places in
        var block = block
        for (place, weight) in zip(places, changed) { block.weights[place] = weight }
        changed = changed.dropFirst(places.count)
        return block
      })
  }

  /// Where the weights of a block stand that may be those of edges.
  private func places(_ block: Block) -> [Int] {
    guard block.source == block.target else { return Array(block.weights.indices) }
    let count = groups[block.source].count
    return (0..<count).flatMap { row in (row + 1..<max(count, row + 1)).map { row * count + $0 } }
  }
}
