import Tensors

/// The header of a safetensors file: what lies where in the data block.
///
/// A file is the length N of the header (8 bytes, little-endian), N bytes of JSON, and the data
/// block. The JSON maps each name to `dtype`, `shape` and `data_offsets` within the data block;
/// `__metadata__` maps texts to texts.
///
/// **Reference**: the format description of the Python package `safetensors`.
struct SafetensorsHeader {
  /// Limits on what is read. They are stricter than those of the reference implementation.
  enum Limit {
    static let headerBytes = 16 << 20
    static let nameBytes = 512
  }

  /// The name under which the metadata stand.
  static let metadataName = "__metadata__"
  /// Bytes in front of the header.
  static let prefixBytes = 8

  /// One tensor.
  struct Entry {
    var name: String
    var elementType: StoredTensor.ElementType
    var shape: Shape
    /// Place in the data block.
    var range: Range<Int>
  }

  /// The metadata.
  var metadata: [String: String]
  /// The tensors in the order of their data.
  var entries: [Entry]

  /// Size of the data block.
  var dataBytes: Int { entries.last?.range.upperBound ?? 0 }
}

// MARK: - Writing

extension SafetensorsHeader {
  /// Lays out tensors as the reference implementation does: by element type, widest alignment
  /// first, then by the bytes of the name.
  ///
  /// - Throws: ``Failure`` for a name that would not be read again.
  init(_ tensors: [String: StoredTensor], metadata: [String: String]) throws {
    for name in tensors.keys where name == Self.metadataName || name.utf8.count > Limit.nameBytes {
      throw Failure(
        .internalError, "tensor name \(Failure.quote(name)) cannot be stored",
        why: name == Self.metadataName
          ? "the name is reserved" : "\(name.utf8.count) bytes, at most \(Limit.nameBytes)")
    }
    let sorted = tensors.sorted { a, b in
      let (first, second) = (a.value.elementType.order, b.value.elementType.order)
      return first == second
        ? a.key.utf8.lexicographicallyPrecedes(b.key.utf8) : first < second
    }
    var end = 0
    entries = sorted.map { name, tensor in
      let start = end
      end += tensor.byteCount
      return Entry(
        name: name, elementType: tensor.elementType, shape: tensor.shape, range: start..<end)
    }
    self.metadata = metadata
  }

  /// Length, JSON and padding: all that stands in front of the data block.
  ///
  /// The bytes are those of the reference implementation; where its order of metadata is random,
  /// keys are sorted.
  var serialized: [UInt8] {
    var text = "{"
    if !metadata.isEmpty {
      let object = JSONValue.object(metadata.mapValues { .string($0) })
      text += "\"\(Self.metadataName)\":\(object.serialized())"
    }
    for entry in entries {
      if text.utf8.count > 1 { text += "," }
      JSONValue.appendQuoted(entry.name, to: &text)
      let shape = entry.shape.dimensions.map(String.init).joined(separator: ",")
      text += ":{\"dtype\":\"\(entry.elementType.rawValue)\",\"shape\":[\(shape)],"
      text += "\"data_offsets\":[\(entry.range.lowerBound),\(entry.range.upperBound)]}"
    }
    text += "}"
    let padding = -text.utf8.count & 7
    text += String(repeating: " ", count: padding)
    let count = UInt64(text.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + text.utf8
  }
}
