/// A place in a text file.
///
/// **Range**: `line` and `column` count from 1; a column is a character, not a byte.
public struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
  /// Path of the file as the user gave it, or the name of an option such as `--set mask.beta`.
  public var file: String
  /// Line, from 1.
  public var line: Int
  /// Column in characters, from 1.
  public var column: Int

  /// Creates a location.
  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// `file:line:column`, the form that editors and terminals can jump to.
  public var description: String {
    "\(Failure.printable(file, limit: Failure.pathLimit)):\(line):\(column)"
  }
}
