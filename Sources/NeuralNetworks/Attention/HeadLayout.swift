/// Where the heads of a layer of attention lie in one of its projections.
///
/// Queries, keys and values of a head are rows next to each other, h·d … (h + 1)·d of head h of width d;
/// where keys and values, or all three, lie one above the other in one weight, so are the rows of the head
/// in each of these parts. The projection after the heads has columns in their place.
public struct HeadLayout: Sendable, Hashable {
  /// The dotted name of the layer of attention, which its projections have in common.
  public let attention: String
  /// The number of heads.
  public let heads: Int
  /// The axis along which the heads lie: 0 for rows, 1 for columns.
  public let axis: Int
  /// How many matrices of equal size lie one above the other along the axis.
  public let parts: Int

  /// A place of heads.
  public init(attention: String, heads: Int, axis: Int, parts: Int = 1) {
    self.attention = attention
    self.heads = heads
    self.axis = axis
    self.parts = parts
  }

  /// The head that a row or column belongs to, from 0.
  ///
  /// - Parameters:
  ///   - index: the number of the row or column.
  ///   - count: how many there are: `parts` times the width of all heads.
  public func head(of index: Int, count: Int) -> Int {
    let part = count / parts
    return index % part / (part / heads)
  }
}
