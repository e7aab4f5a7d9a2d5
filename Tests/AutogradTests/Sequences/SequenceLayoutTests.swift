import Autograd
import Testing

@Suite struct SequenceLayoutTests {
  @Test func `by step, longer elements come first and ties keep their order`() {
    let layout = SequenceLayout(lengths: [2, 3, 1, 3], packing: .byStep)
    #expect(
      layout.pack([["a0", "a1"], ["b0", "b1", "b2"], ["c0"], ["d0", "d1", "d2"]])
        == ["b0", "d0", "a0", "c0", "b1", "d1", "a1", "b2", "d2"])
    #expect(layout.rows == 9 && layout.longest == 3 && layout.batch == 4)
    #expect(layout.row(of: 0, step: 1) == 6)
    #expect(layout.lastRows == [6, 7, 3, 8])
    #expect(layout.steps == [0, 0, 0, 0, 1, 1, 1, 2, 2])
  }

  @Test func `by element, everything stays in place`() {
    let layout = SequenceLayout(lengths: [2, 3, 1], packing: .byElement)
    #expect(layout.pack([[10, 11], [20, 21, 22], [30]]) == [10, 11, 20, 21, 22, 30])
    #expect(layout.rows(of: 1) == 2..<5)
    #expect(layout.lastRows == [1, 4, 5])
    #expect(layout.steps == [0, 1, 0, 1, 2, 0])
  }

  /// No element leaves the slice of its weight sample, however long it is.
  @Test(arguments: [SequenceLayout.Packing.byStep, .byElement])
  func `rows of a slice are contiguous`(_ packing: SequenceLayout.Packing) {
    let lengths = [1, 2, 5, 1, 3, 4]
    let layout = SequenceLayout(lengths: lengths, samples: 3, packing: packing)
    #expect(layout.groups.starts == [0, 3, 9, 16])
    for element in 0..<6 {
      for step in 0..<lengths[element] {
        #expect(layout.groups[element / 2].contains(layout.row(of: element, step: step)))
      }
    }
    let rows = (0..<6).flatMap { element in
      (0..<lengths[element]).map { layout.row(of: element, step: $0) }
    }
    #expect(rows.sorted() == Array(0..<16))
  }

  @Test(arguments: [SequenceLayout.Packing.byStep, .byElement])
  func `unpacking reverses packing`(_ packing: SequenceLayout.Packing) {
    let lengths = [3, 1, 4, 2]
    let sequences = lengths.enumerated().map { element, length in
      (0..<length).map { 10 * element + $0 }
    }
    let layout = SequenceLayout(lengths: lengths, samples: 2, packing: packing)
    #expect(layout.unpack(layout.pack(sequences)) == sequences)
  }

  @Test func `equal lengths keep the order of the batch`() {
    let layout = SequenceLayout(batch: 4, length: 2, samples: 2, packing: .byStep)
    #expect(
      layout.pack([[0, 1], [10, 11], [20, 21], [30, 31]])
        == [0, 10, 1, 11, 20, 30, 21, 31])
    #expect(layout.rows(ofStep: 1) == [2, 3, 6, 7])
  }

  @Test func `an empty batch has no rows`() {
    let layout = SequenceLayout(lengths: [], samples: 2, packing: .byStep)
    #expect(layout.rows == 0 && layout.longest == 0 && layout.lastRows.isEmpty)
  }

  @Test func `a batch that cannot be cut is refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = SequenceLayout(lengths: [1, 1, 1], samples: 2, packing: .byStep)
    }
  }

  @Test func `a sequence without steps is refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = SequenceLayout(lengths: [1, 0], packing: .byElement)
    }
  }
}
