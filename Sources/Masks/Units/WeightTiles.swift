import NeuralNetworks
import Tensors

/// A gate for every tile of a weight: so many rows by so many columns, which lie next to each other. A
/// kernel counts as the matrix of its filters, one in each row. What is no weight has a gate for every
/// element.
///
/// Reference: for masks of frozen weights Cao, Sanh, Rush: Low-complexity probing via finding subnetworks
/// (NAACL 2021).
public struct WeightTiles: MaskUnit, Hashable {
  /// Rows of a tile.
  public let rows: Int
  /// Columns of a tile.
  public let columns: Int

  /// Tiles of a size, at least 1×1.
  public init(rows: Int, columns: Int) {
    require(rows > 0 && columns > 0, "tiles of \(rows) rows and \(columns) columns")
    self.rows = rows
    self.columns = columns
  }

  /// Whether a parameter consists of whole tiles, or has none.
  public func fits(_ parameter: ParameterOutline) -> Bool {
    guard parameter.role == .weight else { return true }
    let (height, width) = Self.extents(parameter.shape)
    return height.isMultiple(of: rows) && width.isMultiple(of: columns)
  }

  /// A group for each parameter, with its name.
  ///
  /// - Precondition: all of them fit.
  public func groups(for parameters: [ParameterOutline]) -> [GateGroup] {
    parameters.map { (parameter: ParameterOutline) -> GateGroup in
      require(
        fits(parameter), "tiles of \(rows)×\(columns) for \(parameter.name) \(parameter.shape)")
      guard parameter.role == .weight else { return .single(parameter) }
      let (height, width) = Self.extents(parameter.shape)
      let across = width / columns
      let table = (0..<height * width).map { (place: Int) -> UInt32 in
        let (row, column) = place.quotientAndRemainder(dividingBy: width)
        return UInt32(row / rows * across + column / columns)
      }
      return GateGroup(
        name: parameter.name, shape: [height / rows, across],
        members: [.init(parameter.name, .table(table))])
    }
  }

  private static func extents(_ shape: Shape) -> (rows: Int, columns: Int) {
    (shape[0], shape.dropFirst().count)
  }
}
