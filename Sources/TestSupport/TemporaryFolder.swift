import Glibc

/// A folder for one test, with a unique name in the system's temporary folder, removed afterwards
/// with all that is in it, also when the test throws.
public func withTemporaryFolder<Result>(
  _ body: (_ path: String) throws -> Result
) throws -> Result {
  let path = try makeTemporaryFolder()
  defer { removeTree(path) }
  return try body(path)
}

/// The same for a test that waits.
public func withTemporaryFolder<Result>(
  isolation: isolated (any Actor)? = #isolation,
  _ body: (_ path: String) async throws -> Result
) async throws -> Result {
  let path = try makeTemporaryFolder()
  defer { removeTree(path) }
  return try await body(path)
}

/// A temporary folder could not be made.
public struct TemporaryFolderError: Error, Sendable {
  /// The system's error number.
  public let code: Int32
}

private func makeTemporaryFolder() throws -> String {
  let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  var template = Array("\(parent)/modlab-test-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw TemporaryFolderError(code: errno) }
  return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Removes a folder and its content without following links.
private func removeTree(_ path: String) {
  // A test may have taken the permissions away.
  chmod(path, 0o700)
  if let stream = opendir(path) {
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    closedir(stream)
    for name in names where name != "." && name != ".." {
      let child = "\(path)/\(name)"
      var status = stat()
      if lstat(child, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        removeTree(child)
      } else {
        unlink(child)
      }
    }
  }
  rmdir(path)
}
