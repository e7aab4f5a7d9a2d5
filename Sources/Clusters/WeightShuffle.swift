import Foundation
import Tensors

/// Ways to shuffle the weights of a network inside each of its layers; of a graph of activations,
/// which has no layers of edges, the weights of all edges at once.
///
/// Reference: Filan et al., 2021, section 3.2, and its published code.
public enum WeightShuffle: String, Sendable, Hashable, CaseIterable {
  /// All weights of a layer change places.
  case layer
  /// The weights that are not 0 change places among themselves.
  case layerNonzero = "layer-nonzero"
  /// The weights that are not 0 are replaced by draws from a kernel density estimate of them.
  case layerNonzeroDistribution = "layer-nonzero-distribution"
  /// As ``layer``, then as ``layerNonzeroDistribution``.
  case layerAllDistribution = "layer-all-distribution"

  /// Standard deviation of the Gaussians of the density estimate.
  public static let bandwidth = 0.01

  /// The graph with shuffled weights.
  ///
  /// - Parameters:
  ///   - graph: of the true weights, without isolated vertices.
  ///   - sample: number of the shuffle.
  ///   - name: names the random streams; every block has its own.
  public func shuffled(
    _ graph: WeightGraph, sample: Int, random: RandomSource, name: String
  ) -> WeightGraph {
    graph.changingWeights { index, weights in
      shuffled(weights, random.stream("\(name)/\(rawValue)/\(index)"), sample)
    }
  }

  private func shuffled(_ weights: [Double], _ stream: RandomStream, _ sample: Int) -> [Double] {
    switch self {
    case .layer: return stream.permutation(weights.count, step: sample).map { weights[$0] }
    case .layerNonzero:
      let places = weights.indices.filter { weights[$0] != 0 }
      let order = stream.permutation(places.count, step: sample)
      var result = weights
      for (place, source) in zip(places, order) { result[place] = weights[places[source]] }
      return result
    case .layerNonzeroDistribution: return redrawn(weights, stream, sample)
    case .layerAllDistribution:
      return redrawn(Self.layer.shuffled(weights, stream, sample), stream, sample)
    }
  }

  private func redrawn(_ weights: [Double], _ stream: RandomStream, _ sample: Int) -> [Double] {
    let places = weights.indices.filter { weights[$0] != 0 }
    guard !places.isEmpty else { return weights }
    // The low step numbers order the places; these draw values.
    let step = 1 << 30 + sample
    let centers = stream.integers(places.count, below: places.count, step: step)
    let noise: Tensor<Double> = stream.normal(
      [places.count], standardDeviation: Self.bandwidth, step: step + 1 << 29)
    var result = weights
    for ((place, center), noise) in zip(zip(places, centers), noise.scalars) {
      result[place] = abs(weights[places[center]] + noise)
    }
    return result
  }
}
