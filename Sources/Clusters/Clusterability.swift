import Tensors

/// The normalised cut of a network beside those of its shuffles.
public struct Clusterability: Sendable {
  /// The network's own normalised cut.
  public let normalizedCut: Double
  /// Of every shuffle.
  public let shuffled: [Double]

  /// Compares a cut with those of shuffles.
  public init(normalizedCut: Double, shuffled: [Double]) {
    self.normalizedCut = normalizedCut
    self.shuffled = shuffled
  }

  /// The normalised cut of one shuffle.
  ///
  /// - Parameters:
  ///   - graph: of the true weights, without isolated vertices; what a shuffle isolates is left out
  ///     again.
  ///   - shuffle: how weights are shuffled.
  ///   - sample: number of the shuffle.
  ///   - clusters: k.
  ///   - assignment: see ``SpectralClustering/partition(into:by:restarts:measuresStability:)``.
  ///   - restarts: see there.
  ///   - random: shuffles and clusters.
  ///   - name: names the random streams.
  /// - Throws: ``SpectralClustering/Problem``.
  public static func normalizedCut(
    of graph: WeightGraph, _ shuffle: WeightShuffle, sample: Int, clusters: Int,
    assignment: SpectralClustering.Assignment = .kmeans, restarts: Int? = nil,
    random: RandomSource, name: String
  ) throws(SpectralClustering.Problem) -> Double {
    let shuffled = shuffle.shuffled(graph, sample: sample, random: random, name: name)
    return try SpectralClustering(
      shuffled, clusters: [clusters], random: random, name: "\(name)/\(sample)"
    ).partition(into: clusters, by: assignment, restarts: restarts).normalizedCut
  }

  /// Mean of the shuffles.
  public var mean: Double { shuffled.reduce(0, +) / Double(shuffled.count) }
  /// Standard deviation of the shuffles, divided by n as in the published code.
  public var standardDeviation: Double {
    (shuffled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(shuffled.count)).squareRoot()
  }
  /// (own − mean) / standard deviation: negative when the network is more clusterable.
  public var z: Double { (normalizedCut - mean) / standardDeviation }
  /// (1 + number of shuffles below the network's own) / (1 + number of shuffles): one-sided, > 0.
  public var p: Double {
    Double(shuffled.count { $0 < normalizedCut } + 1) / Double(shuffled.count + 1)
  }
}
