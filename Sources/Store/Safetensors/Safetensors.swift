import Tensors

/// Named tensors in a file that the Python package `safetensors` reads without conversion.
public enum Safetensors {
  /// Writes tensors and metadata; the file is there completely or not at all.
  ///
  /// The bytes are those that the reference implementation writes for the same content, except that
  /// metadata keys are sorted, where its order is random. Data go to the file straight from the
  /// memory of the tensors.
  ///
  /// - Parameters:
  ///   - tensors: By name; names have at most 512 bytes.
  ///   - metadata: Texts by name; nothing is written for an empty set.
  ///   - path: The file.
  ///   - keepPrevious: Keep the file that is replaced as `<name>.previous`.
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput``.
  public static func write(
    _ tensors: [String: StoredTensor], metadata: [String: String] = [:], to path: String,
    keepPrevious: Bool = false, operations: any FileOperations = AtomicFile.operations
  ) throws {
    let header = try SafetensorsHeader(tensors, metadata: metadata)
    try write(
      tensors, header, header.serialized, to: path, keepPrevious: keepPrevious,
      operations: operations)
  }

  static func write(
    _ tensors: [String: StoredTensor], _ header: SafetensorsHeader, _ headerBytes: [UInt8],
    to path: String, keepPrevious: Bool, operations: any FileOperations
  ) throws {
    try AtomicFile.write(to: path, keepPrevious: keepPrevious, operations: operations) { writer in
      try writer.append(headerBytes)
      for entry in header.entries {
        try tensors[entry.name]?.withUnsafeBytes { try writer.append($0) }
      }
    }
  }

  /// Reads a file.
  ///
  /// The header is checked against the size of the file before memory is requested; data go
  /// straight into the memory of the tensors.
  ///
  /// **Edge cases**: NaN and infinities, scalars and tensors without elements are read. Rejected
  /// are unknown element types, more than 8 axes, overlaps and holes in the data block, missing or
  /// additional bytes, and truth values other than 0 and 1.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - exitCode: What a malformed file means to the caller.
  ///   - missing: What it means to the caller when there is no such file.
  public static func read(
    _ path: String, exitCode: ExitCode = .corrupt, missing: ExitCode = .dataMissing
  ) throws -> SafetensorsFile {
    let file = try InputFile(path, missing: missing)
    let (header, raw) = try SafetensorsHeader.read(from: file, exitCode: exitCode)
    var tensors: [String: StoredTensor] = [:]
    tensors.reserveCapacity(header.entries.count)
    for entry in header.entries {
      tensors[entry.name] = try read(entry, from: file, dataStart: raw.count, exitCode: exitCode)
    }
    return SafetensorsFile(metadata: header.metadata, tensors: tensors)
  }

  /// Reads the data of one tensor.
  static func read(
    _ entry: SafetensorsHeader.Entry, from file: InputFile, dataStart: Int, exitCode: ExitCode
  ) throws -> StoredTensor {
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws {
      let count = try file.read(into: buffer, at: dataStart + entry.range.lowerBound)
      guard count == buffer.count else {
        throw SafetensorsHeaderParser(path: file.path, exitCode: exitCode)
          .failure("file became shorter while it was read")
      }
    }
    func array<Element: BitwiseCopyable>(of type: Element.Type) throws -> [Element] {
      try [Element](unsafeUninitializedCapacity: entry.shape.count) { buffer, count in
        // The array may have reserved more room than asked for.
        let room = UnsafeMutableRawBufferPointer(buffer)
        try fill(UnsafeMutableRawBufferPointer(rebasing: room[..<entry.range.count]))
        count = entry.shape.count
      }
    }
    switch entry.elementType {
    case .float32:
      var tensor = Tensor<Float>(uninitialized: entry.shape)
      try tensor.withUnsafeMutableBufferPointer { try fill(UnsafeMutableRawBufferPointer($0)) }
      return .float32(tensor)
    case .float64:
      var tensor = Tensor<Double>(uninitialized: entry.shape)
      try tensor.withUnsafeMutableBufferPointer { try fill(UnsafeMutableRawBufferPointer($0)) }
      return .float64(tensor)
    case .float16: return .float16(try array(of: UInt16.self), entry.shape)
    case .bfloat16: return .bfloat16(try array(of: UInt16.self), entry.shape)
    case .int64: return .int64(try array(of: Int64.self), entry.shape)
    case .int32: return .int32(try array(of: Int32.self), entry.shape)
    case .uint8: return .uint8(try array(of: UInt8.self), entry.shape)
    case .bool:
      let values = try array(of: UInt8.self)
      guard values.allSatisfy({ $0 <= 1 }) else {
        throw SafetensorsHeaderParser(path: file.path, exitCode: exitCode).failure(
          "tensor \(Failure.quote(entry.name)): truth value other than 0 and 1")
      }
      return .bool(values, entry.shape)
    }
  }
}

/// The content of a safetensors file.
public struct SafetensorsFile: Sendable, Equatable {
  /// Texts by name.
  public var metadata: [String: String]
  /// Tensors by name.
  public var tensors: [String: StoredTensor]

  /// Creates a content.
  public init(metadata: [String: String] = [:], tensors: [String: StoredTensor]) {
    self.metadata = metadata
    self.tensors = tensors
  }
}
