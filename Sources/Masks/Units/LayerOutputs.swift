import NeuralNetworks
import Tensors

/// A gate for every output of a layer, for every cell of a recurrent one, or for all of them: all
/// that an output receives is kept or removed together, its weights with bias and normalisation.
///
/// Without its bias, a removed unit would still emit f(b). With it, a unit whose activation function f
/// has f(0) = 0 is removed from the network. The sum of a residual network keeps what comes around a
/// removed filter.
///
/// The rows of a layer of long short-term memory are those of its gates i, f, g, o. The gate of a removed
/// row is not shut but half open: σ(0) = ½; a removed row of g gives tanh(0) = 0. A removed cell, with its
/// four rows, halves its state in every step, and stays 0 when it starts from 0.
public struct LayerOutputs: MaskUnit, Hashable {
  /// Which outputs have a gate in common.
  public enum Grain: Sendable, Hashable {
    /// None: a gate for every row of a matrix, filter of a convolution, row of a recurrent gate.
    case output
    /// The four gates of a recurrent cell; in other layers none.
    case cell
    /// All of the layer.
    case layer
  }

  private let grain: Grain
  private let layers: [OutputLayer]

  /// Outputs of the layers of a network.
  ///
  /// - Parameters:
  ///   - grain: which of them have a gate in common.
  ///   - network: all its parameters, in its order.
  public init(_ grain: Grain, of network: [ParameterOutline]) {
    self.grain = grain
    layers = OutputLayer.layers(of: network)
  }

  /// Bias and normalisation of the layers of which a weight is chosen.
  public func companions(of chosen: Set<String>) -> Set<String> {
    Set(
      layers.filter { layer in layer.main.contains { chosen.contains($0.name) } }
        .flatMap { $0.companions.map(\.name) })
  }

  /// A group for every layer, with the name of its first masked parameter.
  public func groups(for parameters: [ParameterOutline]) -> [GateGroup] {
    let names = Set(parameters.map(\.name))
    return layers.compactMap { layer in
      let masked = layer.parameters.filter { names.contains($0.name) }
      guard let first = masked.first else { return nil }
      let gates =
        switch grain {
        case .output: layer.outputs
        case .cell: layer.isLSTM ? layer.outputs / 4 : layer.outputs
        case .layer: 1
        }
      return GateGroup(
        name: first.name, shape: [gates],
        members: masked.map { .init($0.name, .rows(of: $0.shape, modulo: gates)) })
    }
  }
}

extension GateSpread {
  /// Gate j mod n on all elements of row j.
  static func rows(of shape: Shape, modulo count: Int) -> GateSpread {
    let inner = shape.dropFirst().count
    return .table((0..<shape.count).map { UInt32($0 / max(inner, 1) % count) })
  }
}
