import Store

extension Failure {
  /// What to do about a file when nothing better is known.
  private static let fetchAgain = "fetch the file again; it is not the published one"

  /// A data file that is not what it should be, at a byte offset: `path: byte 16: what`.
  static func data(
    _ file: String, byte: Int, _ what: String, why: String? = nil, help: String? = nil
  ) -> Failure {
    Failure(
      .dataMissing, "\(Failure.printable(file, limit: 4096)): byte \(byte): \(what)", why: why,
      help: help ?? fetchAgain)
  }

  /// A text of data that is not what it should be, at a line and column.
  static func data(
    _ file: String, line: Int, column: Int = 1, _ what: String, why: String? = nil,
    help: String? = nil
  ) -> Failure {
    Failure(
      .dataMissing, what, location: SourceLocation(file: file, line: line, column: column),
      why: why, help: help ?? fetchAgain)
  }
}
