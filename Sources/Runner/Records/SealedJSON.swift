import Store

/// JSON objects in files that notice every changed byte.
///
/// The object gets the member `sha256`: the checksum of the text without that member. Since the
/// same value always gives the same text, a file is damaged when its text is not that of its value.
enum SealedJSON {
  /// Name of the member with the checksum.
  static let key = "sha256"

  /// The text of an object with its checksum.
  ///
  /// - Precondition: an object without a member of that name.
  static func text(of object: JSONValue) -> String {
    guard var members = object.objectValue, members[key] == nil else {
      preconditionFailure("only an object without '\(key)' can be sealed")
    }
    members[key] = .string(checksum(object))
    return JSONValue.object(members).serialized(pretty: true)
  }

  /// The object, without its checksum, that ``text(of:)`` has made a text of.
  ///
  /// - Throws: ``Failure`` (corrupt) when anything has changed since.
  static func open(_ bytes: [UInt8], file: String) throws -> JSONValue {
    let sealed = try JSONValue.parse(bytes, file: file)
    let reader = MemberReader(sealed, file: file)
    let expected = try reader.text(key)
    var members = sealed.objectValue ?? [:]
    members[key] = nil
    let object = JSONValue.object(members)
    guard checksum(object) == expected, Array(sealed.serialized(pretty: true).utf8) == bytes
    else { throw reader.failure("its checksum is wrong: it was changed after it was written") }
    return object
  }

  private static func checksum(_ object: JSONValue) -> String {
    SHA256.digest(of: object.serialized(pretty: true))
  }
}
