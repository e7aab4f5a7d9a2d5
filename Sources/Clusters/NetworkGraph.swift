import NeuralNetworks
import Tensors

/// How a network becomes a graph.
public struct GraphSettings: Sendable, Hashable {
  /// How slices of kernels become weights of edges.
  public var kernelNorm = KernelNorm.sum
  /// How batch normalisations count.
  public var batchNorm = BatchNormFolding.exact
  /// Whether the inputs of a network without convolutions are vertices.
  public var hasInputs = true

  /// The paper's graph.
  public init() {}
}

/// Which weights a batch normalisation multiplies by |γ| / √(variance + ε).
public enum BatchNormFolding: String, Sendable, Hashable, CaseIterable {
  /// Those where this leaves the function of the network unchanged: the outputs of the weights that
  /// it follows directly, or the inputs of the next weights when an activation or pooling lies
  /// between.
  case exact
  /// The outputs of the weights in front of it, wherever it stands: what the published code intends.
  case output
  /// None: what the published code does for networks for CIFAR-10.
  case none
}

extension WeightGraph {
  /// The graph of a network, with shortcuts or without.
  ///
  /// Vertices are all units, and the inputs and outputs of a network without convolutions; the edge
  /// between two units of neighbouring layers has the absolute weight between them, of a convolution
  /// the norm of the kernel's slice. Biases do not count. With shortcuts, the slices of a kernel join what a
  /// convolution takes to what every convolution takes that its outputs come to.
  /// Reference: Filan et al., 2021, section 2.
  ///
  /// - Parameters:
  ///   - units: the network's unit layers.
  ///   - tensors: parameters and running statistics by name, of the described shapes and finite.
  ///   - settings: switches.
  public init(
    _ units: UnitLayers, tensors: [String: Tensor<Float>], settings: GraphSettings = .init()
  ) {
    if let flow = units.flow {
      self.init(flow, tensors: tensors, settings: settings)
    } else {
      self.init(chain: units, tensors: tensors, settings: settings)
    }
  }

  private init(chain units: UnitLayers, tensors: [String: Tensor<Float>], settings: GraphSettings) {
    func tensor(_ name: String) -> Tensor<Float> {
      guard let tensor = tensors[name] else { fatalError("a network without '\(name)'") }
      return tensor
    }
    func scale(_ norms: [UnitLayers.Norm]) -> [Double]? {
      norms.map { norm in
        EdgeWeights.scale(
          gamma: tensor("\(norm.name).weight"), variance: tensor("\(norm.name).running_var"),
          epsilon: norm.epsilon)
      }.reduce(nil as [Double]?) { product, scale in
        product.map { zip($0, scale).map { $0 * $1 } } ?? scale
      }
    }
    let layers = units.layers + (units.outputs.map { [$0] } ?? [])
    let vertices = units.vertices(hasInputs: settings.hasInputs)
    // The weights of the first layer lead from the inputs, which may be no vertices.
    let joining = layers.suffix(vertices.count - 1)
    let weights = joining.indices.map { index in
      let layer = layers[index]
      let weight = tensor(layer.weights[0].name)
      let edges =
        weight.shape.rank == 4
        ? EdgeWeights.convolution(weight, norm: settings.kernelNorm) : EdgeWeights.linear(weight)
      switch settings.batchNorm {
      case .none: return edges
      case .exact:
        return EdgeWeights.scaled(
          edges, inputs: scale(layer.inputNorms), outputs: scale(layer.outputNorms))
      case .output:
        let later = index + 1 < layers.count ? layers[index + 1].inputNorms : units.lastNorms
        return EdgeWeights.scaled(edges, outputs: scale(layer.outputNorms + later))
      }
    }
    self.init(
      chain: vertices.map { Group(layer: $0.layer, count: $0.count) }, weights: Array(weights))
  }
}
