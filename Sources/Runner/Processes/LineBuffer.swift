/// Cuts a stream of bytes into lines.
///
/// **Edge cases**: a line longer than a mebibyte is cut, so that a process gone wild costs no
/// memory; bytes that are not UTF-8 become replacement characters.
struct LineBuffer {
  static let maximumLength = 1 << 20

  private var rest: [UInt8] = []

  /// Takes bytes and returns the lines that are complete.
  mutating func append(_ bytes: some Sequence<UInt8>) -> [String] {
    var lines: [String] = []
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        lines.append(takeRest())
      } else if rest.count < Self.maximumLength {
        rest.append(byte)
      }
    }
    return lines
  }

  /// Returns what stands after the last line feed, if anything.
  mutating func finish() -> [String] { rest.isEmpty ? [] : [takeRest()] }

  private mutating func takeRest() -> String {
    defer { rest.removeAll(keepingCapacity: true) }
    return String(decoding: rest, as: UTF8.self)
  }
}
