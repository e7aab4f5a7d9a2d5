import CYAML

/// Builds nodes from the events of libyaml.
final class YAMLReader {
  /// What a text may cost. Manifests are a few kilobytes.
  enum Limit {
    static let bytes = 1 << 20
    static let nodes = 100_000
    static let depth = 64
  }

  private let file: String
  private let bytes: UnsafeRawBufferPointer
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private var nodeCount = 0

  /// Prepares to read; `bytes` must stay valid as long as the reader lives.
  init(file: String, bytes: UnsafeRawBufferPointer) throws {
    self.file = file
    self.bytes = bytes
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    guard yaml_parser_initialize(parser) == 1 else {
      throw Failure(.internalError, "libyaml cannot be initialised", why: "out of memory")
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(
      parser, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// Reads the only document.
  func document() throws -> YAMLNode {
    guard bytes.count <= Limit.bytes else {
      throw Failure(
        .manifestInvalid, "\(file): file too large",
        why: "\(bytes.count) bytes, at most \(Limit.bytes) are read")
    }
    _ = try nextEvent()  // start of stream
    guard case .documentStart = try nextEvent() else {
      throw Failure(
        .manifestInvalid, "file is empty",
        location: SourceLocation(file: file, line: 1, column: 1))
    }
    let root = try node(from: try nextEvent(), depth: 0)
    _ = try nextEvent()  // end of document
    if case .documentStart(let location) = try nextEvent() {
      throw Failure(
        .manifestInvalid, "second document", location: location,
        why: "a file holds one document", help: "remove the line '---' or split the file")
    }
    return root
  }

  // MARK: - Nodes

  private func node(from event: Event, depth: Int) throws -> YAMLNode {
    nodeCount += 1
    let location = event.location
    guard nodeCount <= Limit.nodes else {
      throw Failure(
        .manifestInvalid, "too many values", location: location,
        why: "at most \(Limit.nodes) are read")
    }
    guard depth <= Limit.depth else {
      throw Failure(
        .manifestInvalid, "nested too deeply", location: location,
        why: "at most \(Limit.depth) levels are read")
    }
    switch event {
    case .scalar(let text, let isQuoted, _):
      return YAMLNode(.scalar(text, isQuoted: isQuoted), location: location)
    case .sequenceStart:
      var elements: [YAMLNode] = []
      while true {
        let next = try nextEvent()
        if case .end = next { break }
        elements.append(try node(from: next, depth: depth + 1))
      }
      return YAMLNode(.sequence(elements), location: location)
    case .mappingStart:
      return YAMLNode(.mapping(try entries(depth: depth)), location: location)
    case .documentStart, .end:
      throw Failure(.internalError, "unexpected event from libyaml", location: location)
    }
  }

  private func entries(depth: Int) throws -> [YAMLNode.Entry] {
    var entries: [YAMLNode.Entry] = []
    var seen: [String: SourceLocation] = [:]
    while true {
      let next = try nextEvent()
      if case .end = next { return entries }
      guard case .scalar(let key, _, let location) = next else {
        throw Failure(
          .manifestInvalid, "key is not a text", location: next.location,
          why: "a list or mapping cannot be a key")
      }
      guard !key.isEmpty else {
        throw Failure(.manifestInvalid, "key is empty", location: location)
      }
      if let first = seen.updateValue(location, forKey: key) {
        throw Failure(
          .manifestInvalid, "duplicate key \(Failure.quote(key))", location: location,
          why: "first set at line \(first.line)", help: "remove one of the two")
      }
      let value = try node(from: try nextEvent(), depth: depth + 1)
      entries.append(YAMLNode.Entry(key: key, keyLocation: location, value: value))
    }
  }

  // MARK: - Events

  private enum Event {
    case documentStart(SourceLocation)
    case scalar(String, isQuoted: Bool, SourceLocation)
    case sequenceStart(SourceLocation)
    case mappingStart(SourceLocation)
    /// The end of a list, mapping, document or the stream, or the stream's start.
    case end(SourceLocation)

    var location: SourceLocation {
      switch self {
      case .documentStart(let location), .scalar(_, _, let location),
        .sequenceStart(let location), .mappingStart(let location), .end(let location):
        location
      }
    }
  }

  private func nextEvent() throws -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxFailure() }
    defer { yaml_event_delete(&event) }
    let location = location(event.start_mark)
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: return .documentStart(location)
    case YAML_ALIAS_EVENT: throw refused("aliases (*name)", location)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      try refuseProperties(anchor: scalar.anchor, tag: scalar.tag, location)
      let content = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return .scalar(
        String(decoding: content, as: UTF8.self),
        isQuoted: scalar.style != YAML_PLAIN_SCALAR_STYLE, location)
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      try refuseProperties(anchor: start.anchor, tag: start.tag, location)
      return .sequenceStart(location)
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      try refuseProperties(anchor: start.anchor, tag: start.tag, location)
      return .mappingStart(location)
    default: return .end(location)
    }
  }

  private func refuseProperties(
    anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?,
    _ location: SourceLocation
  ) throws {
    if anchor != nil { throw refused("anchors (&name)", location) }
    if tag != nil { throw refused("tags (!name)", location) }
  }

  private func refused(_ what: String, _ location: SourceLocation) -> Failure {
    Failure(
      .manifestInvalid, "\(what) are not supported", location: location,
      help: "write the value out, or put it in quotes if it is a text")
  }

  // MARK: - Places and syntax errors

  private func location(_ mark: yaml_mark_t) -> SourceLocation {
    SourceLocation(file: file, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
  }

  private func syntaxFailure() -> Failure {
    let state = parser.pointee
    var problem = state.problem.map { String(cString: $0) } ?? "unknown error"
    if state.error == YAML_READER_ERROR {
      if state.problem_value >= 0 { problem += " (0x\(String(state.problem_value, radix: 16)))" }
      return Failure(
        .manifestInvalid, "invalid YAML: \(problem)",
        location: SourceLocation(file: file, offset: Int(state.problem_offset), in: bytes),
        why: "a manifest is a text in UTF-8")
    }
    let context = state.context.map { String(cString: $0) }
    let why = context == "while scanning for the next token" ? nil : context
    let help: String? =
      switch problem {
      case "found character that cannot start any token":
        "indent with spaces, not tabs; put texts with special characters in quotes"
      case "mapping values are not allowed in this context":
        "put texts that contain ': ' in quotes"
      default: nil
      }
    return Failure(
      .manifestInvalid, "invalid YAML: \(problem)", location: location(state.problem_mark),
      why: why.map { "\($0) begun at line \(state.context_mark.line + 1)" }, help: help)
  }
}
