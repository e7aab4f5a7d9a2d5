import NeuralNetworks
import Tensors

extension WeightGraph {
  /// The graph of a network of convolutions with shortcuts.
  ///
  /// Vertices are the input channels of every convolution but the first, and the output channels of the last;
  /// the slices of a convolution's kernel join its inputs to those of every convolution that takes its
  /// outputs. Without shortcuts this is the graph of unit layers.
  ///
  /// - Parameters:
  ///   - flow: which convolutions take the outputs of which.
  ///   - tensors: parameters and running statistics by name, of the described shapes and finite.
  ///   - settings: switches; normalisations follow convolutions directly, where
  ///     ``BatchNormFolding/exact`` and ``BatchNormFolding/output`` are the same.
  public init(
    _ flow: ConvolutionFlow, tensors: [String: Tensor<Float>], settings: GraphSettings = .init()
  ) {
    func tensor(_ name: String) -> Tensor<Float> {
      guard let tensor = tensors[name] else { fatalError("a network without '\(name)'") }
      return tensor
    }
    let groups = flow.vertices.map { Group(layer: $0.layer, count: $0.count) }
    // The group of the inputs of convolution j is j − 1: the first convolution has none.
    let blocks = flow.convolutions.enumerated().dropFirst().flatMap { index, convolution in
      let edges = EdgeWeights.convolution(
        tensor(convolution.weight.name), norm: settings.kernelNorm)
      let weights = convolution.norms.reduce(edges) { edges, norm in
        settings.batchNorm == .none
          ? edges
          : EdgeWeights.scaled(
            edges,
            outputs: EdgeWeights.scale(
              gamma: tensor("\(norm.name).weight"), variance: tensor("\(norm.name).running_var"),
              epsilon: norm.epsilon))
      }
      let targets =
        convolution.takers.map { $0 - 1 } + (convolution.reachesEnd ? [groups.count - 1] : [])
      return targets.map { Block(source: index - 1, target: $0, weights: weights) }
    }
    self.init(groups: groups, blocks: blocks)
  }
}
