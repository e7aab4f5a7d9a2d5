import Tensors

/// The masks of one stage: one ``BinaryMask`` for every masked tensor of a network, by dotted name.
public struct MaskSet: Sendable, Hashable {
  /// The masks by parameter name.
  public let masks: [String: BinaryMask]

  /// Masks by parameter name.
  public init(_ masks: [String: BinaryMask]) { self.masks = masks }

  /// The parameter names in the order of their text, numbers counted as numbers.
  public var names: [String] { masks.keys.sorted(by: Self.precedes) }

  /// The mask of a parameter.
  public subscript(name: String) -> BinaryMask? { masks[name] }

  /// Number of masked weights.
  public var count: Int { masks.values.reduce(0) { $0 + $1.count } }

  /// Number of kept weights.
  public var keptCount: Int { masks.values.reduce(0) { $0 + $1.keptCount } }

  /// The complement of every mask.
  public static prefix func ! (set: MaskSet) -> MaskSet { MaskSet(set.masks.mapValues { !$0 }) }

  /// Intersection; tensors that only one operand masks are left out.
  public static func & (a: MaskSet, b: MaskSet) -> MaskSet {
    MaskSet(
      a.masks.reduce(into: [:]) { result, entry in
        if let other = b[entry.key] { result[entry.key] = entry.value & other }
      })
  }

  /// Union; tensors that only one operand masks are kept as they are.
  public static func | (a: MaskSet, b: MaskSet) -> MaskSet {
    MaskSet(a.masks.merging(b.masks) { $0 | $1 })
  }

  /// What `a` keeps and `b` does not; tensors that `b` does not mask are kept as they are.
  public static func - (a: MaskSet, b: MaskSet) -> MaskSet {
    MaskSet(
      a.masks.reduce(into: [:]) { result, entry in
        result[entry.key] = b[entry.key].map { entry.value - $0 } ?? entry.value
      })
  }

  /// These masks where `other` has none, else those of `other`.
  public func replacing(with other: MaskSet) -> MaskSet {
    MaskSet(masks.merging(other.masks) { $1 })
  }

  /// The masks whose names satisfy a condition.
  public func filter(_ isIncluded: (String) -> Bool) -> MaskSet {
    MaskSet(masks.filter { isIncluded($0.key) })
  }

  /// Orders dotted names by their components, `layers.2` before `layers.10`: numbers by their value
  /// and before texts, texts by their characters. A strict total order.
  static func precedes(_ a: String, _ b: String) -> Bool {
    let (x, y) = (a.split(separator: "."), b.split(separator: "."))
    for (p, q) in zip(x, y) where p != q {
      switch (Int(p), Int(q)) {
      case (let m?, let n?): return m == n ? p < q : m < n
      case (_?, nil): return true
      case (nil, _?): return false
      case (nil, nil): return p < q
      }
    }
    return x.count == y.count ? a < b : x.count < y.count
  }
}
