/// The order of values of a key column.
public enum KeyOrder {
  /// Whether one value sorts before another.
  ///
  /// Numeric columns sort by value, equal numbers by their text; whatever is no number comes after
  /// all numbers. Text sorts by its UTF-8 bytes, the same on every machine.
  public static func precedes(_ a: String, _ b: String, kind: Table.KeyKind) -> Bool {
    switch kind {
    case .text: break
    case .integer, .number:
      switch (number(a), number(b)) {
      case (let x?, let y?): if x != y { return x < y }
      case (.some, nil): return true
      case (nil, .some): return false
      case (nil, nil): break
      }
    }
    return a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  /// The number that a value stands for, nil when it is no finite number.
  static func number(_ text: String) -> Double? {
    guard let first = text.utf8.first, first != UInt8(ascii: " "), let value = Double(text),
      value.isFinite
    else { return nil }
    return value
  }
}
