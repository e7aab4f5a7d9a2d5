import CKernels

/// The noise that decides which elements of a weight its masks keep, whatever the order in which the
/// elements are multiplied, and whether or not all of them are.
///
/// Element (row, column) of an operand is decided by the block of the number that it has in the weight;
/// see ``RandomStream/Position/word(index:sample:)``.
public struct MaskNoise: Sendable {
  let position: RandomStream.Position
  /// The length of a row of the weight.
  let rowLength: Int
  /// The row of the weight of every row of the operand; nil when it is the same.
  let rowNumbers: [UInt32]?
  /// The place in its row of the weight of every column of the operand; nil when it is the same.
  let columnNumbers: [UInt32]?

  init(
    _ position: RandomStream.Position, rowLength: Int, rowNumbers: [UInt32]? = nil,
    columnNumbers: [UInt32]? = nil
  ) {
    self.position = position
    self.rowLength = rowLength
    self.rowNumbers = rowNumbers
    self.columnNumbers = columnNumbers
  }

  /// The word that decides about an element in a sample.
  func word(row: Int, column: Int, sample: Int) -> UInt32 {
    let row = rowNumbers.map { Int($0[row]) } ?? row
    let column = columnNumbers.map { Int($0[column]) } ?? column
    return position.word(index: UInt64(row * rowLength + column), sample: sample)
  }
}

/// Fresh masks of a weight as one bit for every element and sample.
struct SampledBits<Scalar: TensorScalar>: Sendable {
  /// K×C, in the order of the operand; the masks are drawn from them.
  let logits: Tensor<Scalar>
  let noise: MaskNoise
  /// K, C and S.
  private let (outputs, inputs, samples): (Int, Int, Int)
  private let memory: PooledMemory

  /// Draws S masks; see ``MaskDraw``.
  init(outputs: Int, inputs: Int, samples: Int, logits: Tensor<Scalar>, noise: MaskNoise) {
    require(logits.count == outputs * inputs, "logits \(logits.shape)")
    self.logits = logits
    self.noise = noise
    (self.outputs, self.inputs, self.samples) = (outputs, inputs, samples)
    memory = PooledMemory(
      byteCount: samples * outputs * ml_mask_row_words(inputs) * MemoryLayout<UInt16>.size)
    let words = memory.base.assumingMemoryBound(to: UInt16.self)
    logits.read { logits, _ in
      Scalar.maskBits(outputs, inputs, samples: samples, logits, noise, words)
    }
  }

  /// S planes of K rows of C bits; each row is padded to full words of sixteen.
  var words: UnsafePointer<UInt16> {
    UnsafePointer(memory.base.assumingMemoryBound(to: UInt16.self))
  }

  /// Whether a sample keeps the element at a row and a column.
  func keeps(sample: Int, row: Int, column: Int) -> Bool {
    let word = (sample * outputs + row) * ml_mask_row_words(inputs) + column / 16
    return words[word] >> UInt16(column % 16) & 1 == 1
  }
}
