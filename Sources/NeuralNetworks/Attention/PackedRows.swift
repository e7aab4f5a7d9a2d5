import Autograd
import Tensors

/// The rows of a batch of sequences packed by element, and where they lie.
struct PackedRows<Scalar: TensorScalar> {
  /// N×D.
  let value: Value<Scalar>
  /// The rows of every element.
  let elements: [Range<Int>]
  /// The rows of every weight sample.
  let groups: RowGroups

  /// Rows of a layout.
  init(_ value: Value<Scalar>, _ layout: SequenceLayout) {
    self.init(
      value, elements: (0..<layout.batch).map { layout.rows(of: $0) }, groups: layout.groups)
  }

  /// Rows of any elements.
  init(_ value: Value<Scalar>, elements: [Range<Int>], groups: RowGroups) {
    self.value = value
    self.elements = elements
    self.groups = groups
  }

  /// Other numbers at the same places.
  func with(_ value: Value<Scalar>) -> PackedRows {
    PackedRows(value, elements: elements, groups: groups)
  }
}
