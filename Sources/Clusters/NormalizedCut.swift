import Tensors

extension WeightGraph {
  /// The normalised cut of a partition: Σ over clusters of cut(X) / vol(X), 0 up to the number of
  /// clusters; smaller for clusters with fewer and lighter edges between them.
  ///
  /// cut(X) is the weight of the edges that leave X, vol(X) the sum of its vertices' degrees. As in the
  /// published numbers there is no factor ½, and 10⁻⁸ is added to the volume.
  /// Reference: Filan et al., 2021, section 2.2.
  ///
  /// - Parameter labels: the cluster of each vertex, any integers.
  public func normalizedCut(_ labels: [Int]) -> Double {
    require(labels.count == vertexCount, "\(labels.count) labels of \(vertexCount) vertices")
    let numbers = Dictionary(
      uniqueKeysWithValues: Set(labels).sorted().enumerated().map { ($1, $0) })
    let clusters = labels.map { numbers[$0, default: 0] }
    var cut = [Double](repeating: 0, count: numbers.count)
    var volume = cut
    forEachEdge { source, target, weight in
      let (first, second) = (clusters[source], clusters[target])
      volume[first] += weight
      volume[second] += weight
      if first != second {
        cut[first] += weight
        cut[second] += weight
      }
    }
    return zip(cut, volume).reduce(0) { $0 + $1.0 / ($1.1 + 1e-8) }
  }
}
