import Tensors

extension SafetensorsHeader {
  /// Reads and checks the header of a file; nothing is allocated that the file does not hold.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - exitCode: What a malformed file means to the caller.
  /// - Returns: The header and its raw bytes, length and padding included.
  static func read(
    from file: InputFile, exitCode: ExitCode
  ) throws -> (header: SafetensorsHeader, raw: [UInt8]) {
    let parser = SafetensorsHeaderParser(path: file.path, exitCode: exitCode)
    if let mistaken = MistakenContent(try file.beginning(256)) {
      var failure = parser.failure("the file is \(mistaken.description)")
      failure.help = mistaken.help
      throw failure
    }
    guard file.size >= prefixBytes else {
      throw parser.failure(
        file.size == 0 ? "file is empty" : "file ends within the header's length",
        why: "\(file.size) bytes")
    }
    var prefix: UInt64 = 0
    _ = try withUnsafeMutableBytes(of: &prefix) { try file.read(into: $0, at: 0) }
    let length = UInt64(littleEndian: prefix)
    guard length <= UInt64(Limit.headerBytes) else {
      throw parser.failure(
        "this is no safetensors file",
        why: "its header would have \(length) bytes, at most \(Limit.headerBytes) are read",
        help: "name a safetensors file, or write this one again")
    }
    let end = prefixBytes + Int(length)
    guard end <= file.size else {
      throw parser.failure(
        "file ends within the header",
        why: "the header needs \(end) bytes, the file has \(file.size)")
    }
    let raw = try file.beginning(end)
    guard raw.count == end else { throw parser.failure("file became shorter while it was read") }
    let header = try raw.withUnsafeBytes {
      try parser.header(UnsafeRawBufferPointer(rebasing: $0[prefixBytes...]))
    }
    guard header.dataBytes == file.size - end else {
      throw parser.failure(
        "data block has the wrong size",
        why: "the header describes \(header.dataBytes) bytes, the file has \(file.size - end)")
    }
    return (header, raw)
  }
}

/// Turns the JSON of a header into entries.
struct SafetensorsHeaderParser {
  let path: String
  let exitCode: ExitCode

  func failure(_ what: String, why: String? = nil, help: String? = nil) -> Failure {
    Failure(
      exitCode, "\(Failure.printable(path, limit: Failure.pathLimit)): \(what)", why: why,
      help: help)
  }

  /// Element types of the format that are not read.
  private static let unreadTypes: Set<String> = [
    "U64", "U32", "I16", "U16", "I8", "C64", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4",
    "F6_E2M3", "F6_E3M2",
  ]

  private func unknownType(_ type: String, of name: String) -> Failure {
    let known = StoredTensor.ElementType.allCases.map(\.rawValue).sorted()
    let why = "the element types that are read are \(known.joined(separator: ", "))"
    guard Self.unreadTypes.contains(type) else {
      return failure("\(quoted(name)): unknown dtype \(Failure.quote(type))", why: why)
    }
    return failure(
      "\(quoted(name)): modlab does not read the dtype '\(type)'", why: why,
      help: "convert the tensor before you save it: in PyTorch numbers with .float(), whole "
        + "numbers with .long()")
  }

  func header(_ bytes: UnsafeRawBufferPointer) throws -> SafetensorsHeader {
    guard bytes.first == UInt8(ascii: "{") else {
      throw failure("header does not begin with '{'", why: "is this a safetensors file?")
    }
    var members: [String: JSONValue]
    do {
      members = try JSONValue.parse(bytes, file: path, exitCode: exitCode).objectValue ?? [:]
    } catch let syntax as Failure {
      // Line and column would be those within a binary file.
      throw failure("header: \(syntax.what)", why: syntax.why)
    }
    let metadata = try members.removeValue(forKey: SafetensorsHeader.metadataName).map(metadata)
    var entries = try members.map { try entry($0.key, $0.value) }
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        let relation = entry.range.lowerBound < end ? "overlaps" : "leaves a gap after"
        throw failure(
          "\(quoted(entry.name)) \(relation) the one before",
          why: "it begins at byte \(entry.range.lowerBound) of the data block, not at \(end)")
      }
      end = entry.range.upperBound
    }
    return SafetensorsHeader(metadata: metadata ?? [:], entries: entries)
  }

  private func quoted(_ name: String) -> String { "tensor \(Failure.quote(name))" }

  private func metadata(_ value: JSONValue) throws -> [String: String] {
    guard let members = value.objectValue else {
      throw failure("metadata is \(value.kindDescription)", why: "it must be an object of texts")
    }
    return try members.mapValues { value in
      guard let text = value.stringValue else {
        throw failure(
          "metadata holds \(value.kindDescription)", why: "it must be an object of texts")
      }
      return text
    }
  }

  private func entry(_ name: String, _ value: JSONValue) throws -> SafetensorsHeader.Entry {
    guard name.utf8.count <= SafetensorsHeader.Limit.nameBytes else {
      throw failure(
        "\(quoted(name)): name too long",
        why: "\(name.utf8.count) bytes, at most \(SafetensorsHeader.Limit.nameBytes)")
    }
    guard let members = value.objectValue,
      Set(members.keys) == ["dtype", "shape", "data_offsets"]
    else {
      throw failure(
        "\(quoted(name)): wrong description", why: "it needs dtype, shape and data_offsets alone")
    }
    guard let type = members["dtype"]?.stringValue else {
      throw failure("\(quoted(name)): dtype is not a text")
    }
    guard let elementType = StoredTensor.ElementType(rawValue: type) else {
      throw unknownType(type, of: name)
    }
    let (shape, byteCount) = try shape(members["shape"], of: name, elementType)
    guard let offsets = members["data_offsets"]?.arrayValue, offsets.count == 2,
      let begin = offsets[0].integerValue, let end = offsets[1].integerValue,
      begin >= 0, begin <= end
    else {
      throw failure(
        "\(quoted(name)): wrong data_offsets", why: "needed are two ascending numbers from 0 up")
    }
    guard end - begin == byteCount else {
      throw failure(
        "\(quoted(name)): size and shape disagree",
        why: "\(type) of shape \(shape) needs \(byteCount) bytes, data_offsets give \(end - begin)")
    }
    return SafetensorsHeader.Entry(
      name: name, elementType: elementType, shape: shape, range: begin..<end)
  }

  private func shape(
    _ value: JSONValue?, of name: String, _ elementType: StoredTensor.ElementType
  ) throws -> (Shape, byteCount: Int) {
    guard let elements = value?.arrayValue else {
      throw failure("\(quoted(name)): shape is not a list")
    }
    guard elements.count <= Shape.maximumRank else {
      throw failure(
        "\(quoted(name)): too many axes",
        why: "\(elements.count), at most \(Shape.maximumRank) are read")
    }
    var extents: [Int] = []
    var byteCount = elementType.byteCount
    for element in elements {
      guard let extent = element.integerValue, extent >= 0 else {
        throw failure(
          "\(quoted(name)): wrong shape", why: "shapes are lists of whole numbers from 0 up")
      }
      let (product, isTooLarge) = byteCount.multipliedReportingOverflow(by: extent)
      guard !isTooLarge else {
        throw failure("\(quoted(name)): too large", why: "its size does not fit 64 bits")
      }
      byteCount = product
      extents.append(extent)
    }
    return (Shape(extents), byteCount)
  }
}
