/// What keys and names may look like, so that they can stand in file names, CSV headers and
/// command lines without quoting.
enum NameRule {
  /// Lower-case letters, digits and dashes, beginning with a letter or digit; at most 64.
  static func isKey(_ text: String) -> Bool {
    guard (1...64).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "-") else {
      return false
    }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"):
        true
      default: false
      }
    }
  }
}
