import NeuralNetworks
import Tensors

/// The units by the names that manifests give them.
public enum MaskUnitKind: String, Sendable, Hashable, CaseIterable {
  /// ``SingleWeights``.
  case weight
  /// ``LayerOutputs`` of all layers.
  case row
  /// ``WeightColumns``.
  case column
  /// ``LayerOutputs`` of a network with convolutions.
  case filter
  /// ``LayerOutputs`` of a network with recurrent layers.
  case lstmGate = "lstm-gate"
  /// ``LayerOutputs`` of a network with recurrent layers, one for each cell.
  case lstmCell = "lstm-cell"
  /// ``AttentionHeads`` of a network with attention.
  case head
  /// ``WeightTiles``.
  case block
  /// ``LayerOutputs``, one for each layer.
  case layer

  /// The unit.
  ///
  /// - Parameters:
  ///   - network: all parameters of the network, in its order.
  ///   - tile: rows and columns of a block; looked at for blocks only.
  public func unit(of network: [ParameterOutline], tile: (rows: Int, columns: Int))
    -> any MaskUnit
  {
    switch self {
    case .weight: SingleWeights()
    case .row, .filter, .lstmGate: LayerOutputs(.output, of: network)
    case .column: WeightColumns()
    case .lstmCell: LayerOutputs(.cell, of: network)
    case .head: AttentionHeads(of: network)
    case .block: WeightTiles(rows: tile.rows, columns: tile.columns)
    case .layer: LayerOutputs(.layer, of: network)
    }
  }

  /// Whether a gate of the other unit acts on the same weights.
  public func isSame(as other: MaskUnitKind) -> Bool {
    let outputs: Set<MaskUnitKind> = [.row, .filter, .lstmGate]
    return self == other || outputs.isSuperset(of: [self, other])
  }

  /// What the network has to have for the unit and has not, `convolution`; nil when nothing is missing.
  public func missingLayer(in network: [ParameterOutline]) -> String? {
    let layers = OutputLayer.layers(of: network)
    return switch self {
    case .filter where !layers.contains(where: \.isConvolution): "convolution"
    case .lstmGate where !layers.contains(where: \.isLSTM),
      .lstmCell where !layers.contains(where: \.isLSTM):
      "layer of long short-term memory"
    case .head where AttentionHeads.attentions(of: network).isEmpty:
      "layer of attention with projections of its own"
    default: nil
    }
  }
}
