import Tensors

/// A tensor as it stands in a file: one of the element types that modlab reads.
///
/// The `Float` and `Double` cases hold the tensor itself, so that nothing is copied on the way.
/// modlab itself stores none of the two 16-bit types and no 32-bit whole numbers; it reads them in files of
/// other programs.
public enum StoredTensor: Sendable, Equatable {
  /// 32-bit numbers: weights, logits, optimiser state.
  case float32(Tensor<Float>)
  /// 64-bit numbers.
  case float64(Tensor<Double>)
  /// The bit patterns of IEEE 754 half-precision numbers in row-major order.
  case float16([UInt16], Shape)
  /// The bit patterns of bfloat16 numbers, the upper halves of 32-bit numbers, in row-major order.
  case bfloat16([UInt16], Shape)
  /// 64-bit whole numbers in row-major order.
  case int64([Int64], Shape)
  /// 32-bit whole numbers in row-major order: tokens and classes of other programs.
  case int32([Int32], Shape)
  /// Bytes in row-major order: thresholded masks (0 and 1), packed text.
  case uint8([UInt8], Shape)
  /// Truth values, one byte each, 0 or 1.
  case bool([UInt8], Shape)

  /// Name of the element type in a safetensors header.
  public enum ElementType: String, Sendable, CaseIterable {
    // The order of the cases is that of the data in a file, widest alignment first; it is the
    // reference implementation's.
    case int64 = "I64"
    case float64 = "F64"
    case float32 = "F32"
    case int32 = "I32"
    case bfloat16 = "BF16"
    case float16 = "F16"
    case uint8 = "U8"
    case bool = "BOOL"

    /// Bytes per element.
    public var byteCount: Int {
      switch self {
      case .int64, .float64: 8
      case .float32, .int32: 4
      case .float16, .bfloat16: 2
      case .uint8, .bool: 1
      }
    }

    /// Place in the order of the data.
    var order: Int { ElementType.allCases.firstIndex(of: self) ?? 0 }
  }

  /// The element type.
  public var elementType: ElementType {
    switch self {
    case .float32: .float32
    case .float64: .float64
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int64: .int64
    case .int32: .int32
    case .uint8: .uint8
    case .bool: .bool
    }
  }

  /// Extents, outermost first.
  public var shape: Shape {
    switch self {
    case .float32(let tensor): tensor.shape
    case .float64(let tensor): tensor.shape
    case .float16(_, let shape), .bfloat16(_, let shape): shape
    case .int64(_, let shape), .int32(_, let shape): shape
    case .uint8(_, let shape), .bool(_, let shape): shape
    }
  }

  /// Size of the elements in bytes.
  public var byteCount: Int { shape.count * elementType.byteCount }

  /// The elements in row-major order as they stand in memory and in the file (little-endian).
  ///
  /// **Precondition**: the array of a case that holds an array fits its shape.
  public func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    switch self {
    case .float32(let tensor): return try tensor.withUnsafeBytes(body)
    case .float64(let tensor): return try tensor.withUnsafeBytes(body)
    case .float16(let values, let shape), .bfloat16(let values, let shape):
      precondition(values.count == shape.count, "\(values.count) elements for shape \(shape)")
      return try values.withUnsafeBytes(body)
    case .int64(let values, let shape):
      precondition(values.count == shape.count, "\(values.count) elements for shape \(shape)")
      return try values.withUnsafeBytes(body)
    case .int32(let values, let shape):
      precondition(values.count == shape.count, "\(values.count) elements for shape \(shape)")
      return try values.withUnsafeBytes(body)
    case .uint8(let values, let shape), .bool(let values, let shape):
      precondition(values.count == shape.count, "\(values.count) elements for shape \(shape)")
      return try values.withUnsafeBytes(body)
    }
  }

  /// The tensor of a `.float32`.
  public var float32: Tensor<Float>? {
    guard case .float32(let tensor) = self else { return nil }
    return tensor
  }

  /// The tensor of a `.float64`.
  public var float64: Tensor<Double>? {
    guard case .float64(let tensor) = self else { return nil }
    return tensor
  }

  /// The elements of an `.int64`.
  public var int64: [Int64]? {
    guard case .int64(let values, _) = self else { return nil }
    return values
  }

  /// The elements of an `.int64` or an `.int32`.
  public var wholeNumbers: [Int64]? {
    switch self {
    case .int64(let values, _): values
    case .int32(let values, _): values.map { Int64($0) }
    default: nil
    }
  }

  /// The elements of a `.uint8` or a `.bool`.
  public var bytes: [UInt8]? {
    switch self {
    case .uint8(let values, _), .bool(let values, _): values
    default: nil
    }
  }
}
