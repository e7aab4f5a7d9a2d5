import Store

/// What the elements of an array in a file are; all little-endian.
public enum NumberType: String, Sendable, CaseIterable {
  case bool = "b1"
  case uint8 = "u1"
  case int8 = "i1"
  case uint16 = "u2"
  case int16 = "i2"
  case uint32 = "u4"
  case int32 = "i4"
  case uint64 = "u8"
  case int64 = "i8"
  case float16 = "f2"
  case bfloat16 = "bf2"
  case float32 = "f4"
  case float64 = "f8"

  /// Bytes per element.
  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }

  /// Whether the elements can have fractions.
  public var isFractional: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }

  init(_ type: StoredTensor.ElementType) {
    self =
      switch type {
      case .int64: .int64
      case .int32: .int32
      case .float64: .float64
      case .float32: .float32
      case .bfloat16: .bfloat16
      case .float16: .float16
      case .uint8: .uint8
      case .bool: .bool
      }
  }
}
