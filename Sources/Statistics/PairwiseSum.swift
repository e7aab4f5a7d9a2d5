/// Sums whose rounding does not depend on anything but the values and their order.
public enum PairwiseSum {
  /// Up to this many values are added from left to right.
  private static let blockLength = 8

  /// Adds values in a fixed order, halving the list again and again.
  ///
  /// **Edge cases**: 0 for no values; NaN and infinities spread as in ordinary addition.
  ///
  /// - Complexity: O(n); the rounding error grows as log n instead of n.
  public static func sum(_ values: some RandomAccessCollection<Double>) -> Double {
    sum(of: values) { $0 }
  }

  /// Adds the transforms of values in the same fixed order.
  public static func sum<Values: RandomAccessCollection>(
    of values: Values, _ transform: (Values.Element) -> Double
  ) -> Double {
    if values.count <= blockLength {
      return values.reduce(0) { $0 + transform($1) }
    }
    let middle = values.index(values.startIndex, offsetBy: values.count / 2)
    return sum(of: values[..<middle], transform) + sum(of: values[middle...], transform)
  }
}
