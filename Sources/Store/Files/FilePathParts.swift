/// A path taken apart at its last slash.
struct FilePathParts {
  /// The folder, never empty.
  let folder: String
  /// The last component.
  let name: String

  /// Splits `a/b/c` into `a/b` and `c`, `/c` into `/` and `c`, `c` into `.` and `c`.
  init(_ path: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else {
      folder = "."
      name = path
      return
    }
    folder = slash == path.startIndex ? "/" : String(path[..<slash])
    name = String(path[path.utf8.index(after: slash)...])
  }
}
