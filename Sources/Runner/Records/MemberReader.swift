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
