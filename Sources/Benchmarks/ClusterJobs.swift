import Clusters
import Tensors

extension Job {
  /// Spectral clustering, shuffles and correlation pictures of random networks of the paper's sizes.
  static let clusters = [
    Job(name: "spectral-mlp", summary: "12 clusters of 1,818 units of a feed-forward network") {
      let graph = randomGraph(perceptron, isConvolutional: false)
      return { _ = partition(graph) }
    },
    Job(name: "spectral-vgg", summary: "12 clusters of 4,224 channels of VGG-16") {
      let graph = randomGraph(vgg, isConvolutional: true)
      return { _ = partition(graph) }
    },
    Job(name: "shuffles-mlp", summary: "50 shuffles of the feed-forward network, clustered") {
      let graph = randomGraph(perceptron, isConvolutional: false)
      return {
        for sample in 0..<50 {
          _ = succeeding {
            try Clusterability.normalizedCut(
              of: graph, .layer, sample: sample, clusters: 12, random: source, name: "shuffles")
          }
        }
      }
    },
    Job(
      name: "pictures-mlp",
      summary: "rank correlations of neurons with pixels"
    ) {
      let pixels: Tensor<Float> = source.stream("pixels").uniform([9984, 784])
      var neurons: Tensor<Float> = source.stream("neurons").normal([9984, 1024])
      neurons.withUnsafeMutableBufferPointer { neurons in
        for index in neurons.indices { neurons[index] = max(neurons[index], 0) }
      }
      return { [neurons] in
        _ = StandardizedRanks(columns: neurons).correlations(
          with: StandardizedRanks(columns: pixels))
      }
    },
  ]

  private static let perceptron = [784, 256, 256, 256, 256, 10]
  private static let vgg =
    [64, 64, 128, 128, 256, 256, 256] + [Int](repeating: 512, count: 6)
  private static let source = RandomSource(seed: 0)

  /// Absolute values of Glorot-uniform weights; of convolutions, sums over kernels of 3×3.
  private static func randomGraph(_ sizes: [Int], isConvolutional: Bool) -> WeightGraph {
    let field = isConvolutional ? 9 : 1
    let weights = zip(sizes, sizes.dropFirst()).enumerated().map { index, size in
      let bound = (6 / Double(field * (size.0 + size.1))).squareRoot()
      var sums = [Double](repeating: 0, count: size.0 * size.1)
      for place in 0..<field {
        let drawn: Tensor<Double> = source.stream("weights/\(index)").uniform(
          [sums.count], in: -bound...bound, step: place)
        drawn.withUnsafeBufferPointer { drawn in
          for index in drawn.indices { sums[index] += abs(drawn[index]) }
        }
      }
      return sums
    }
    return WeightGraph(
      chain: sizes.enumerated().map { WeightGraph.Group(layer: "\($0)", count: $1) },
      weights: weights)
  }

  private static func partition(_ graph: WeightGraph) -> Double {
    succeeding {
      try SpectralClustering(graph, clusters: [12], random: source, name: "bench")
        .partition(into: 12).normalizedCut
    }
  }

  private static func succeeding<Result>(_ body: () throws -> Result) -> Result {
    do { return try body() } catch { fatalError("\(error)") }
  }
}
