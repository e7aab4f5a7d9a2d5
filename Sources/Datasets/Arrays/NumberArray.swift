import Store
import Tensors

/// An array of numbers in a file: mapped where the file holds it as it is, so that a set larger than
/// memory costs no memory, and read where it is packed or written as text.
///
/// Shapes: N×…, one row for each example.
public struct NumberArray: Sendable {
  /// Where the bytes are.
  enum Bytes: Sendable {
    case mapped(MappedFile)
    case read([UInt8])
    /// Numbers of a text, of type ``NumberType/float64``.
    case numbers([Double])
  }

  /// What messages call it: `digits.safetensors#x`.
  public let source: String
  /// What the elements are.
  public let type: NumberType
  /// Extents, the number of examples first.
  public let shape: Shape
  private let bytes: Bytes
  private let offset: Int
  /// Bytes from one example to the next, when the file has others between them.
  private let stride: Int

  /// An array of elements in row-major order.
  ///
  /// - Precondition: the bytes hold all elements from the offset on; at least one axis.
  init(
    source: String, type: NumberType, shape: Shape, bytes: Bytes, offset: Int = 0,
    stride: Int? = nil
  ) {
    let rowBytes = shape.dropFirst().count * type.byteCount
    self.source = source
    self.type = type
    self.shape = shape
    self.bytes = bytes
    self.offset = offset
    self.stride = stride ?? rowBytes
    let available =
      switch bytes {
      case .mapped(let file): file.bytes.count
      case .read(let bytes): bytes.count
      case .numbers(let numbers): numbers.count * NumberType.float64.byteCount
      }
    let needed = shape[0] == 0 ? 0 : offset + (shape[0] - 1) * self.stride + rowBytes
    require(
      offset >= 0 && needed <= available,
      "\(source): \(shape) elements in \(available) bytes from \(offset) on")
  }

  /// An array of numbers in memory.
  public init(source: String, _ numbers: [Double], shape: Shape) {
    self.init(source: source, type: .float64, shape: shape, bytes: .numbers(numbers))
  }

  /// N.
  public var count: Int { shape[0] }
  /// The shape of one example.
  public var rowShape: Shape { shape.dropFirst() }

  /// Calls `body` with the elements of one example as numbers.
  ///
  /// - Parameters:
  ///   - row: the example, from 0.
  ///   - buffer: takes them; as long as an example has elements.
  public func copyRow(_ row: Int, to buffer: UnsafeMutableBufferPointer<Double>) {
    let count = rowShape.count
    require(
      row >= 0 && row < self.count && buffer.count == count,
      "\(source): row \(row) of \(self.count), \(count) elements to \(buffer.count)")
    withBytes { all in
      let start = all + (offset + row * stride)
      switch type {
      case .bool, .uint8: convert(start, UInt8.self, buffer) { Double($0) }
      case .int8: convert(start, Int8.self, buffer) { Double($0) }
      case .uint16: convert(start, UInt16.self, buffer) { Double($0) }
      case .int16: convert(start, Int16.self, buffer) { Double($0) }
      case .uint32: convert(start, UInt32.self, buffer) { Double($0) }
      case .int32: convert(start, Int32.self, buffer) { Double($0) }
      case .uint64: convert(start, UInt64.self, buffer) { Double($0) }
      case .int64: convert(start, Int64.self, buffer) { Double($0) }
      case .float16:
        convert(start, UInt16.self, buffer) { Double(Float16(bitPattern: $0)) }
      case .bfloat16:
        convert(start, UInt16.self, buffer) { Double(Float(bitPattern: UInt32($0) << 16)) }
      case .float32: convert(start, UInt32.self, buffer) { Double(Float(bitPattern: $0)) }
      case .float64: convert(start, UInt64.self, buffer) { Double(bitPattern: $0) }
      }
    }
  }

  private func withBytes<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result? {
    switch bytes {
    case .mapped(let file): return file.bytes.baseAddress.map(body)
    case .read(let bytes): return bytes.withUnsafeBytes { $0.baseAddress.map(body) }
    case .numbers(let numbers): return numbers.withUnsafeBytes { $0.baseAddress.map(body) }
    }
  }

  @inline(__always)
  private func convert<Element: BitwiseCopyable>(
    _ start: UnsafeRawPointer, _ type: Element.Type, _ buffer: UnsafeMutableBufferPointer<Double>,
    _ number: (Element) -> Double
  ) {
    for index in 0..<buffer.count {
      buffer[index] = number(
        start.loadUnaligned(
          fromByteOffset: index * MemoryLayout<Element>.stride, as: Element.self))
    }
  }
}
