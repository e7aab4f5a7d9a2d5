import Store

/// Reads the members of a JSON object that modlab itself has written.
///
/// Whatever is missing or of the wrong kind means that the file is damaged.
struct MemberReader {
  private let object: JSONValue
  private let file: String

  init(_ object: JSONValue, file: String) {
    self.object = object
    self.file = file
  }

  func failure(_ why: String) -> Failure {
    Failure(.corrupt, "\(file) is damaged", why: why)
  }

  /// Checks the format, so that files of a later version are not misread.
  func check(schema: String) throws {
    let found = try text("schema")
    guard found == schema else {
      throw failure("its schema is \(Failure.quote(found)), not '\(schema)'")
    }
  }

  func text(_ key: String) throws -> String {
    guard let value = object[key]?.stringValue else { throw missing(key, "a text") }
    return value
  }

  func integer(_ key: String) throws -> Int {
    guard let value = object[key]?.integerValue else { throw missing(key, "an integer") }
    return value
  }

  func number(_ key: String) throws -> Double {
    guard let value = object[key]?.numberValue else { throw missing(key, "a number") }
    return value
  }

  func array(_ key: String) throws -> [JSONValue] {
    guard let value = object[key]?.arrayValue else { throw missing(key, "a list") }
    return value
  }

  func members(_ key: String) throws -> [String: JSONValue] {
    guard let value = object[key]?.objectValue else { throw missing(key, "an object") }
    return value
  }

  func value(_ key: String) throws -> JSONValue {
    guard let value = object[key] else { throw missing(key, "a value") }
    return value
  }

  private func missing(_ key: String, _ kind: String) -> Failure {
    failure(
      object[key].map { "'\(key)' is \($0.kindDescription), not \(kind)" }
        ?? "it has no '\(key)'")
  }
}

/// Failures as JSON, between processes and in `status.json`.
enum FailureCoding {
  static func encode(_ failure: Failure) -> JSONValue {
    var members: [String: JSONValue] = [
      "exit_code": .integer(Int(failure.exitCode.rawValue)), "what": .string(failure.what),
    ]
    members["why"] = failure.why.map { .string($0) }
    members["help"] = failure.help.map { .string($0) }
    if let location = failure.location {
      members["file"] = .string(location.file)
      members["line"] = .integer(location.line)
      members["column"] = .integer(location.column)
    }
    return .object(members)
  }

  static func decode(_ json: JSONValue) -> Failure? {
    guard let what = json["what"]?.stringValue else { return nil }
    let code = json["exit_code"]?.integerValue.flatMap { Int32(exactly: $0) }
    var location: SourceLocation?
    if let file = json["file"]?.stringValue, let line = json["line"]?.integerValue,
      let column = json["column"]?.integerValue
    {
      location = SourceLocation(file: file, line: line, column: column)
    }
    return Failure(
      code.flatMap(ExitCode.init(rawValue:)) ?? .internalError, what, location: location,
      why: json["why"]?.stringValue, help: json["help"]?.stringValue)
  }
}
