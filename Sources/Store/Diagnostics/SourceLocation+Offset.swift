extension SourceLocation {
  /// The line and column of a byte in a UTF-8 text.
  ///
  /// - Complexity: O(offset); meant for errors only.
  init(file: String, offset: Int, in bytes: UnsafeRawBufferPointer) {
    var line = 1
    var column = 1
    for byte in bytes.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        // Continuation bytes do not begin a character.
        column += 1
      }
    }
    self.init(file: file, line: line, column: column)
  }
}
