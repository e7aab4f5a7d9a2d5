import NeuralNetworks
import Tensors

/// What one gate of a mask keeps or removes: a single weight, a row of weights, a filter, a head.
///
/// A unit says which tensors of gates there are for the parameters of a network, and which of their
/// gates act on which elements of the parameters. Forward, an element is multiplied by its gate;
/// backward, a gate collects the sum over the elements that it acts on. An element with several gates
/// is multiplied by all of them, and kept when all of them are.
public protocol MaskUnit: Sendable {
  /// The gates for the parameters that get masks, in an order that follows from theirs.
  ///
  /// - Precondition: every parameter is a member of a group, and no two groups have one name.
  func groups(for parameters: [ParameterOutline]) -> [GateGroup]

  /// Names of further parameters that get masks because those do that were chosen: the bias of a row.
  ///
  /// - Parameter chosen: names of the chosen parameters.
  func companions(of chosen: Set<String>) -> Set<String>
}

extension MaskUnit {
  /// None.
  public func companions(of chosen: Set<String>) -> Set<String> { [] }
}

/// A tensor of gates, whose logits are trained and stored together.
public struct GateGroup: Sendable, Hashable {
  /// A parameter that the gates act on.
  public struct Member: Sendable, Hashable {
    /// Its name.
    public let parameter: String
    /// Which gate acts on which of its elements.
    public let spread: GateSpread

    /// A member.
    public init(_ parameter: String, _ spread: GateSpread) {
      self.parameter = parameter
      self.spread = spread
    }
  }

  /// Names the logits in files and checkpoints, and their noise: the name of the first parameter, with a
  /// label behind ``labelMark`` where two groups would have the same.
  public let name: String
  /// The extents of the tensor of gates.
  public let shape: Shape
  /// What the gates act on.
  public let members: [Member]
  /// β for these gates, in place of that of the training; nil for the latter.
  public let beta: Double?

  /// Gates.
  public init(name: String, shape: Shape, members: [Member], beta: Double? = nil) {
    self.name = name
    self.shape = shape
    self.members = members
    self.beta = beta
  }

  /// Stands between the name of a parameter and a label.
  public static var labelMark: Character { "@" }

  /// The parameter that a group is named after.
  public static func parameter(ofGroup name: String) -> String {
    String(name.prefix { $0 != labelMark })
  }

  /// The gates that act on an element that masks keep.
  ///
  /// - Parameter masks: by parameter name; those of other parameters do not matter.
  public func gates(actingOn masks: MaskSet) -> BinaryMask {
    var bits = [UInt8](repeating: 0, count: shape.count)
    for member in members {
      guard let mask = masks[member.parameter] else { continue }
      for (gate, bit) in zip(member.spread.spread(Array(bits.indices)), mask.bits) {
        bits[gate] |= bit
      }
    }
    return BinaryMask(bits: bits, shape: shape)
  }

  /// The smallest number of weights that one of the gates acts on.
  public var smallestGate: Int { Int(weightsPerGate?.min() ?? 1) }

  /// How many weights each gate acts on; nil when each acts on one.
  var weightsPerGate: [Double]? {
    if members.count == 1, members[0].spread == .each { return nil }
    var counts = [Double](repeating: 0, count: shape.count)
    for member in members {
      switch member.spread {
      case .each: for gate in counts.indices { counts[gate] += 1 }
      case .table(let table): for gate in table { counts[Int(gate)] += 1 }
      }
    }
    return counts
  }
}

/// Which gate acts on which element of a parameter.
public enum GateSpread: Sendable, Hashable {
  /// Gate i on element i.
  case each
  /// Gate `table[i]` on element i, in row-major order.
  case table([UInt32])

  /// Gate j on all elements of index j along an axis: rows of a matrix and filters of a kernel lie along
  /// axis 0, the elements of a bias as well.
  public static func along(axis: Int, of shape: Shape) -> GateSpread {
    let inner = (axis + 1..<shape.rank).reduce(1) { $0 * shape[$1] }
    return .table((0..<shape.count).map { UInt32($0 / inner % shape[axis]) })
  }

  /// For every element what its gate has.
  func spread<Item>(_ gates: [Item]) -> [Item] {
    switch self {
    case .each: gates
    case .table(let table): table.map { gates[Int($0)] }
    }
  }

  /// Refuses a spread of gates over a tensor that it does not fit.
  func check(gates: Shape, over parameter: ParameterOutline) {
    switch self {
    case .each:
      require(
        gates.count == parameter.shape.count,
        "gates \(gates) for each element of \(parameter.name) \(parameter.shape)")
    case .table(let table):
      require(
        table.count == parameter.shape.count && table.allSatisfy { Int($0) < gates.count },
        "gates \(gates) for \(table.count) elements of \(parameter.name) \(parameter.shape)")
    }
  }
}
