/// The extents of a tensor, outermost axis first.
///
/// Rank 0 (a scalar) to 8; extents are 0 or more. Stored inline, so that shapes cost no allocation.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The largest number of axes.
  public static let maximumRank = 8

  private var extents: SIMD8<Int>
  /// Number of axes.
  public let rank: Int

  /// Creates a shape from extents, outermost first.
  ///
  /// - Precondition: at most 8 extents, none negative.
  public init(_ dimensions: some Collection<Int>) {
    require(
      dimensions.count <= Self.maximumRank, "a shape has at most \(Self.maximumRank) axes")
    extents = SIMD8(repeating: 1)
    rank = dimensions.count
    for (axis, extent) in dimensions.enumerated() {
      require(extent >= 0, "extent \(extent) of axis \(axis) is negative")
      extents[axis] = extent
    }
  }

  /// A shape written as `[2, 3]`.
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// The extent of an axis.
  public subscript(axis: Int) -> Int {
    require(axis >= 0 && axis < rank, "axis \(axis) of a shape of rank \(rank)")
    return extents[axis]
  }

  /// Number of elements: the product of the extents, 1 for a scalar.
  public var count: Int {
    var product = 1
    for axis in 0..<rank { product *= extents[axis] }
    return product
  }

  /// The extents as an array.
  public var dimensions: [Int] { (0..<rank).map { extents[$0] } }

  /// The shape without its leading axis.
  public func dropFirst() -> Shape {
    require(rank > 0, "a scalar has no leading axis")
    return Shape(dimensions.dropFirst())
  }

  /// The shape with one more leading axis.
  public func prepending(_ extent: Int) -> Shape { Shape([extent] + dimensions) }

  /// The shape with the extent of one axis replaced.
  public func replacing(axis: Int, with extent: Int) -> Shape {
    var result = dimensions
    result[axis] = extent
    return Shape(result)
  }

  /// For example `128×42`; `scalar` for rank 0.
  public var description: String {
    rank == 0 ? "scalar" : dimensions.map(String.init).joined(separator: "×")
  }
}
