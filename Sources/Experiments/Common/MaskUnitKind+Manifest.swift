import ExperimentKit
import Masks
import NeuralNetworks
import Store

extension MaskUnitKind {
  /// What the key `mask.unit` says.
  static let documentation =
    "what is kept or removed as a whole: `weight`; `row`, all that an output of a layer receives, with its "
    + "bias and the normalisation after its convolution, whatever `roles` says: a neuron, a filter, a row of "
    + "a recurrent gate; `filter` and `lstm-gate`, the same, for networks that have them; `lstm-cell`, the four gates of a "
    + "recurrent cell; `column`, the weights that read one input; `block`, a tile of a weight; `layer`. "
    + "`beta` presses every weight of a unit; see docs/method.md"

  /// The rules that go beyond single keys.
  ///
  /// - Parameters:
  ///   - block: `mask.block`.
  ///   - network: all parameters of the network, in its order.
  ///   - masked: those that get masks.
  func validate(
    block: [Int], network: [ParameterOutline], masked: [ParameterOutline]
  ) throws {
    guard self == .block else {
      guard block.isEmpty else {
        throw Failure(
          .manifestInvalid, "mask.block is for mask.unit: block",
          why: "a \(rawValue) has no size of its own", help: "leave it out")
      }
      guard let missing = missingLayer(in: network) else { return }
      throw Failure(
        .manifestInvalid, "mask.unit is '\(rawValue)', but the network has no \(missing)",
        why: "there is nothing that such a gate could act on",
        help: "mask.unit: row fits every network")
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
