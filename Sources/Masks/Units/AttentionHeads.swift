import NeuralNetworks
import Tensors

/// A gate for every head of attention: its queries, keys and values and what is made of them are kept or
/// removed together. In other layers, a gate for every output, as ``LayerOutputs`` has.
///
/// The values of a removed head are 0, bias included, and so is what it adds to the answer; nothing of the head
/// leaks. The bias after the heads belongs to all of them.
///
/// Reference: for heads as units of pruning Michel, Levy, Neubig: Are sixteen heads really better than one?
/// (NeurIPS 2019).
public struct AttentionHeads: MaskUnit, Hashable {
  /// The projections of every layer of attention.
  private let attentions: [[ParameterOutline]]
  private let others: LayerOutputs

  /// Heads of the layers of a network.
  ///
  /// - Parameter network: all its parameters, in its order.
  public init(of network: [ParameterOutline]) {
    attentions = Self.attentions(of: network)
    others = LayerOutputs(.output, of: network.filter { $0.heads == nil })
  }

  /// The projections of every layer of attention, in the order of the network.
  static func attentions(of network: [ParameterOutline]) -> [[ParameterOutline]] {
    network.reduce(into: []) { attentions, parameter in
      guard let layer = parameter.heads?.attention else { return }
      if attentions.last?[0].heads?.attention == layer {
        attentions[attentions.count - 1].append(parameter)
      } else {
        attentions.append([parameter])
      }
    }
  }

  /// The biases of projections to queries, keys and values of which a weight is chosen, and what belongs to the
  /// layers that are no attention.
  ///
  /// A removed head that kept the bias of its values would still add that to the answer.
  public func companions(of chosen: Set<String>) -> Set<String> {
    let biases = attentions.filter { $0.contains { chosen.contains($0.name) } }.flatMap(\.self)
      .filter { $0.role == .bias }
    return others.companions(of: chosen).union(biases.map(\.name))
  }

  /// A group for every layer, with the name of its first masked parameter.
  public func groups(for parameters: [ParameterOutline]) -> [GateGroup] {
    let names = Set(parameters.map(\.name))
    return attentions.compactMap { attention -> GateGroup? in
      let masked = attention.filter { names.contains($0.name) }
      guard let first = masked.first, let heads = first.heads?.heads else { return nil }
      return GateGroup(
        name: first.name, shape: [heads], members: masked.map { .init($0.name, .heads(of: $0)) })
    } + others.groups(for: parameters)
  }
}

extension GateSpread {
  /// The gate of every head on its rows or columns of a projection.
  static func heads(of projection: ParameterOutline) -> GateSpread {
    guard let layout = projection.heads else { return .each }
    let (axis, shape) = (layout.axis, projection.shape)
    let inner = (axis + 1..<shape.rank).reduce(1) { $0 * shape[$1] }
    return .table(
      (0..<shape.count).map {
        UInt32(layout.head(of: $0 / inner % shape[axis], count: shape[axis]))
      })
  }
}
