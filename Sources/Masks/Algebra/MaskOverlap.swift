/// How far two masks of the same tensor (or of all tensors together) coincide.
///
/// Overlaps add up, so that the value over all layers comes from summed counts, never from averaged
/// fractions.
public struct MaskOverlap: Sendable, Hashable {
  /// Number of weights.
  public private(set) var weights = 0
  /// Weights that a keeps.
  public private(set) var keptByA = 0
  /// Weights that b keeps.
  public private(set) var keptByB = 0
  /// Weights that both keep.
  public private(set) var intersection = 0
  private var expectedIntersection = 0.0

  /// The overlap of nothing.
  public init() {}

  /// The overlap of two masks of one tensor.
  public init(_ a: BinaryMask, _ b: BinaryMask) {
    weights = a.count
    keptByA = a.keptCount
    keptByB = b.keptCount
    intersection = a.intersectionCount(b)
    expectedIntersection = weights == 0 ? 0 : Double(keptByA) * Double(keptByB) / Double(weights)
  }

  /// The overlap over all tensors that both sets mask.
  public init(_ a: MaskSet, _ b: MaskSet) {
    self = a.names.reduce(MaskOverlap()) { sum, name in
      guard let x = a[name], let y = b[name] else { return sum }
      return sum + MaskOverlap(x, y)
    }
  }

  /// Weights that either keeps.
  public var union: Int { keptByA + keptByB - intersection }

  /// Intersection over union, 0…1; 0 when both are empty.
  public var iou: Double { Double(intersection) / Double(max(union, 1)) }

  /// Intersection over the smaller mask ("subsetness"), 0…1; 0 when one is empty.
  public var iomin: Double { Double(intersection) / Double(max(min(keptByA, keptByB), 1)) }

  /// The IoU that two independent random masks of the same sizes per tensor would have: pq / (p + q
  /// − pq) for densities p and q; over several tensors, the ratio of the expected intersection to
  /// the expected union.
  public var iouByChance: Double {
    let expectedUnion = Double(keptByA + keptByB) - expectedIntersection
    return expectedUnion > 0 ? expectedIntersection / expectedUnion : 0
  }

  /// The share of a that b keeps too, 0…1 (eq. 14 of the workshop paper, with b the union of the
  /// other masks); 0 when a is empty.
  public var sharedFraction: Double { Double(intersection) / Double(max(keptByA, 1)) }

  /// The overlap of two tensors together.
  public static func + (x: MaskOverlap, y: MaskOverlap) -> MaskOverlap {
    var sum = x
    sum.weights += y.weights
    sum.keptByA += y.keptByA
    sum.keptByB += y.keptByB
    sum.intersection += y.intersection
    sum.expectedIntersection += y.expectedIntersection
    return sum
  }
}
