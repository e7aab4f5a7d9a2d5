import ExperimentKit
import Masks
import NeuralNetworks
import Store

/// Manifest key `mask.unit`: what a gate acts on, `row`, or two of it, `[row, weight]`.
struct MaskUnits: StructuredSetting {
  /// One unit, or two whose gates act together.
  var kinds: [MaskUnitKind] = [.weight]

  static let typeDescription = "choice, or list of two"
  static let rangeDescription = MaskUnitKind.allCases.map(\.rawValue).joined(separator: ", ")

  /// What the key says.
  static let documentation =
    "what is kept or removed as a whole: `weight`; `row`, all that an output of a layer receives, with its "
    + "bias and the normalisation after its convolution, whatever `roles` says: a neuron, a filter, a row of "
    + "a recurrent gate; `filter` and `lstm-gate`, the same, for networks that have them; `lstm-cell`, the "
    + "four gates of a recurrent cell; `column`, the weights that read one input; `head`, the projections of "
    + "a head of attention; `block`, a tile of a weight; `layer`; or two of them, `[row, weight]`: what both "
    + "keep is kept. `beta` presses every weight of a unit; see docs/method.md"

  init(_ kinds: MaskUnitKind...) { self.kinds = kinds }

  init(_ node: YAMLNode) throws {
    let nodes = if case .sequence(let nodes) = node.value { nodes } else { [node] }
    guard (1...2).contains(nodes.count) else {
      throw Failure(
        .manifestInvalid, "the list has \(nodes.count) elements", location: node.location,
        why: "masks have gates for one unit or for two at once",
        help: "write one of them, or two in brackets: [row, weight]")
    }
    kinds = try nodes.map { node in
      let name = try node.string()
      guard let kind = MaskUnitKind(rawValue: name) else {
        throw Failure(
          .manifestInvalid, "unknown choice \(Failure.quote(name))", location: node.location,
          help: Suggestion.help(for: name, among: MaskUnitKind.allCases.map(\.rawValue)))
      }
      return kind
    }
  }

  init?(json: JSONValue) {
    let names = json.arrayValue ?? [json]
    kinds = names.compactMap { $0.stringValue.flatMap(MaskUnitKind.init(rawValue:)) }
    guard kinds.count == names.count, (1...2).contains(kinds.count) else { return nil }
  }

  var json: JSONValue {
    kinds.count == 1
      ? .string(kinds[0].rawValue) : .array(kinds.map { .string($0.rawValue) })
  }

  /// The unit.
  ///
  /// - Parameters:
  ///   - network: all parameters of the network, in its order.
  ///   - block: `mask.block`.
  ///   - secondBeta: `mask.second-beta`.
  func unit(
    of network: [ParameterOutline], block: [Int], secondBeta: Double?
  ) -> any MaskUnit {
    let tile = (rows: block.first ?? 1, columns: block.last ?? 1)
    let units = kinds.map { $0.unit(of: network, tile: tile) }
    guard units.count == 2 else { return units[0] }
    return ProductUnit(
      units[0], called: kinds[0].rawValue, and: units[1], secondBeta: secondBeta)
  }
}

extension MaskUnits {
  /// The rules that go beyond single keys.
  ///
  /// - Parameters:
  ///   - block: `mask.block`.
  ///   - secondBeta: `mask.second-beta`.
  ///   - network: all parameters of the network, in its order.
  ///   - masked: those that get masks.
  func validate(
    block: [Int], secondBeta: Double?, network: [ParameterOutline], masked: [ParameterOutline]
  ) throws {
    for kind in kinds {
      guard let missing = kind.missingLayer(in: network) else { continue }
      throw Failure(
        .manifestInvalid, "mask.unit is '\(kind.rawValue)', but the network has no \(missing)",
        why: "there is nothing that such a gate could act on",
        help: "mask.unit: row fits every network")
    }
    if kinds.count == 2, kinds[0].isSame(as: kinds[1]) {
      throw Failure(
        .manifestInvalid,
        "mask.unit: [\(kinds[0].rawValue), \(kinds[1].rawValue)] is one unit twice",
        why: "both gates would act on the same weights", help: "mask.unit: [row, weight] is two")
    }
    guard kinds.count == 2 || secondBeta == nil else {
      throw Failure(
        .manifestInvalid, "mask.second-beta is for two units at once",
        why: "mask.unit is '\(kinds[0].rawValue)' alone",
        help: "leave it out, or write mask.unit: [row, weight]")
    }
    try validate(block: block, masked: masked)
  }

  private func validate(block: [Int], masked: [ParameterOutline]) throws {
    guard kinds.contains(.block) else {
      guard block.isEmpty else {
        throw Failure(
          .manifestInvalid, "mask.block is for mask.unit: block",
          why: "a \(kinds[0].rawValue) has no size of its own", help: "leave it out")
      }
      return
    }
    guard block.count == 2 else {
      throw Failure(
        .manifestInvalid, "mask.unit is 'block', but mask.block does not tell its size",
        why: "it takes two numbers, rows and columns", help: "write mask.block: [8, 8]")
    }
    let tiles = WeightTiles(rows: block[0], columns: block[1])
    guard let parameter = masked.first(where: { !tiles.fits($0) }) else { return }
    let width = parameter.shape.count / max(parameter.shape[0], 1)
    throw Failure(
      .manifestInvalid, "mask.block: [\(block[0]), \(block[1])] does not divide \(parameter.name)",
      why: "the weight has \(parameter.shape[0]) rows and \(width) columns",
      help: "choose divisors of both, or leave the weight out with mask.exclude")
  }
}
