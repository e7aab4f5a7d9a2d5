import Tensors

/// Where the steps of a batch of sequences of different lengths lie among packed rows: no row is
/// spent on padding.
///
/// A batch of B sequences becomes N×C, with one row for every step of every sequence. The batch is
/// cut into S contiguous slices, one per weight sample, whose rows follow each other, so that
/// element b belongs to slice ⌊b S / B⌋. Within a slice the rows are ordered by ``Packing``.
///
/// ```swift
/// let layout = SequenceLayout(lengths: [2, 3], packing: .byStep)
/// layout.pack([["a", "b"], ["x", "y", "z"]])  // x a y b z
/// ```
public struct SequenceLayout: Sendable, Hashable {
  /// The order of the rows of a slice.
  public enum Packing: Sendable, Hashable {
    /// First step 0 of all elements, then step 1 of those that have one, and so on; longer elements
    /// come first, equally long ones in the order of the batch. What recurrent layers need: the
    /// elements that go on are the first rows of a step.
    case byStep
    /// Element after element in the order of the batch. What attention needs: an element is a
    /// matrix.
    case byElement
  }

  /// The number of steps of every element of the batch; at least 1 each.
  public let lengths: [Int]
  /// S.
  public let samples: Int
  /// The order of the rows of a slice.
  public let packing: Packing
  /// The rows of every slice.
  public let groups: RowGroups

  /// The elements in the order of their ranks: that in which their rows begin. Slices stay together.
  public let order: [Int]
  /// The position of every element in ``order``.
  let ranks: [Int]
  /// By step: the first row of every step of every slice, and the end of the last. By element: the
  /// first row of every element of the batch.
  let starts: [[Int]]

  /// The layout of a batch.
  ///
  /// - Parameters:
  ///   - lengths: the number of steps of every element, at least 1 each.
  ///   - samples: S, the number of weight samples.
  ///   - packing: the order of the rows.
  /// - Precondition: the batch is divisible by S.
  public init(lengths: [Int], samples: Int = 1, packing: Packing) {
    require(
      samples > 0 && lengths.count % samples == 0,
      "a batch of \(lengths.count) sequences cannot be cut into \(samples) equal slices")
    require(lengths.allSatisfy { $0 > 0 }, "a sequence without steps")
    self.lengths = lengths
    self.samples = samples
    self.packing = packing
    let size = lengths.count / samples
    var order: [Int] = []
    var starts: [[Int]] = []
    var ends = [0]
    var row = 0
    for slice in 0..<samples {
      let elements = Array(slice * size..<(slice + 1) * size)
      switch packing {
      case .byElement:
        order += elements
        starts += elements.map { element in
          defer { row += lengths[element] }
          return [row]
        }
      case .byStep:
        let sorted = elements.sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }
        order += sorted
        var active = size
        var steps = [row]
        for step in 0..<(sorted.first.map { lengths[$0] } ?? 0) {
          while lengths[sorted[active - 1]] <= step { active -= 1 }
          row += active
          steps.append(row)
        }
        starts.append(steps)
      }
      ends.append(row)
    }
    var ranks = [Int](repeating: 0, count: order.count)
    for (rank, element) in order.enumerated() { ranks[element] = rank }
    self.order = order
    self.ranks = ranks
    self.starts = starts
    groups = RowGroups(starts: ends)
  }

  /// The layout of equally long sequences; no element changes places.
  public init(batch: Int, length: Int, samples: Int = 1, packing: Packing) {
    self.init(
      lengths: [Int](repeating: length, count: batch), samples: samples, packing: packing)
  }

  // MARK: Sizes

  /// B.
  public var batch: Int { lengths.count }

  /// N, the number of all steps.
  public var rows: Int { groups.rows }

  /// The number of steps of the longest element, 0 when there is none.
  public var longest: Int { lengths.max() ?? 0 }

  /// Elements per slice.
  public var sliceSize: Int { batch / samples }

  /// Whether rank and place in the batch are the same for all elements.
  var keepsOrder: Bool { packing == .byElement || order == Array(0..<batch) }

  // MARK: Places

  /// The row of a step of an element.
  public func row(of element: Int, step: Int) -> Int {
    require(step >= 0 && step < lengths[element], "step \(step) of \(lengths[element])")
    switch packing {
    case .byElement: return starts[element][0] + step
    case .byStep:
      let slice = RowGroups.sample(serving: element, among: batch, of: samples)
      return starts[slice][step] + ranks[element] - slice * sliceSize
    }
  }

  /// The rows of an element.
  ///
  /// - Precondition: packed by element.
  public func rows(of element: Int) -> Range<Int> {
    require(packing == .byElement, "the rows of an element lie apart when packed by step")
    return starts[element][0]..<starts[element][0] + lengths[element]
  }

  /// The row of every element's last step, in the order of the batch.
  public var lastRows: [Int] { (0..<batch).map { row(of: $0, step: lengths[$0] - 1) } }

  /// The row of step `step` of every element.
  ///
  /// - Precondition: all elements have that step.
  public func rows(ofStep step: Int) -> [Int] { (0..<batch).map { row(of: $0, step: step) } }

  /// The step of every row.
  public var steps: [Int] {
    var result = [Int](repeating: 0, count: rows)
    for element in 0..<batch {
      for step in 0..<lengths[element] { result[row(of: element, step: step)] = step }
    }
    return result
  }

  /// The place of every row when all steps are joined time first and padded to the longest element:
  /// step · B + element.
  public var timeMajorPlaces: [Int] {
    var result = [Int](repeating: 0, count: rows)
    for element in 0..<batch {
      for step in 0..<lengths[element] {
        result[row(of: element, step: step)] = step * batch + element
      }
    }
    return result
  }

  /// One item per step of every element in the order of the rows.
  ///
  /// - Precondition: as many items as steps.
  public func pack<Item>(_ sequences: [[Item]]) -> [Item] {
    require(
      sequences.map(\.count) == lengths, "sequences of other lengths than those of the layout")
    guard let filler = sequences.first?.first else { return [] }
    var result = [Item](repeating: filler, count: rows)
    for (element, sequence) in sequences.enumerated() {
      for (step, item) in sequence.enumerated() { result[row(of: element, step: step)] = item }
    }
    return result
  }

  /// The items of rows as sequences, in the order of the batch.
  public func unpack<Item>(_ items: [Item]) -> [[Item]] {
    require(items.count == rows, "\(items.count) items for \(rows) rows")
    return (0..<batch).map { element in
      (0..<lengths[element]).map { items[row(of: element, step: $0)] }
    }
  }
}
