import Tensors

extension StoredTensor {
  /// The elements as 32-bit numbers; nil for whole numbers and truth values.
  ///
  /// Half precision and bfloat16 are converted exactly, NaN and infinities included. 64-bit numbers
  /// are rounded to the nearest 32-bit number, those beyond its range to infinities.
  ///
  /// - Complexity: no copy for 32-bit numbers, else one pass over the elements.
  /// - Returns: The numbers, and whether each of them is the one that stands in the file.
  public func convertedToFloat32() -> (tensor: Tensor<Float>, isExact: Bool)? {
    switch self {
    case .float32(let tensor): return (tensor, true)
    case .float64(let tensor):
      let rounded = tensor.converted(to: Float.self)
      let isExact = zip(tensor.scalars, rounded.scalars).allSatisfy { exact, rounded in
        Double(rounded) == exact || exact.isNaN
      }
      return (rounded, isExact)
    case .float16(let patterns, let shape):
      return (Tensor(patterns.map { Float(Float16(bitPattern: $0)) }, shape: shape), true)
    case .bfloat16(let patterns, let shape):
      return (Tensor(patterns.map { Float(bitPattern: UInt32($0) << 16) }, shape: shape), true)
    case .int64, .int32, .uint8, .bool: return nil
    }
  }

  /// Whether no element is NaN or infinite.
  public var isFinite: Bool {
    switch self {
    case .float32(let tensor): tensor.isFinite
    case .float64(let tensor): tensor.isFinite
    // All bits of the exponent are set in NaN and infinities.
    case .float16(let patterns, _): patterns.allSatisfy { $0 & 0x7C00 != 0x7C00 }
    case .bfloat16(let patterns, _): patterns.allSatisfy { $0 & 0x7F80 != 0x7F80 }
    case .int64, .int32, .uint8, .bool: true
    }
  }
}
