import Glibc

/// Folders: creating, listing, free space.
public enum Folder {
  /// Creates a folder and all folders above it; one that exists is fine.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput``.
  public static func create(at path: String) throws {
    if isFolder(path) { return }
    let parts = FilePathParts(trimmed(path))
    if parts.folder != ".", parts.folder != "/" { try create(at: parts.folder) }
    guard mkdir(path, 0o777) == 0 else {
      let error = SystemError.last
      // Another process may have been faster.
      if error.code == EEXIST, isFolder(path) { return }
      throw Failure.system(error, cannot: "create the folder", path)
    }
    // The entry of a folder must reach the disk before the files in it count as written.
    try? SystemFileOperations().synchronizeFolder(parts.folder)
  }

  /// Names of the entries of a folder, sorted by their bytes, without `.` and `..`.
  ///
  /// **Edge cases**: names that are not UTF-8 are left out: modlab writes no such names.
  ///
  /// - Throws: ``Failure`` when the folder is missing (`missing`) or cannot be read.
  public static func contents(
    at path: String, missing: ExitCode = .inputOutput
  ) throws -> [String] {
    guard let stream = opendir(path) else {
      var failure = Failure.system(.last, cannot: "list the folder", path)
      if !exists(path) { failure.exitCode = missing }
      throw failure
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let name, name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether there is a folder at a path (links are followed).
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether there is anything at a path.
  public static func exists(_ path: String) -> Bool {
    access(path, F_OK) == 0
  }

  /// Bytes that an ordinary user can still write on the disk of a file or folder.
  public static func freeBytes(at path: String) -> Int? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 || statvfs(FilePathParts(path).folder, &status) == 0
    else { return nil }
    return Int(status.f_bavail) * Int(status.f_frsize)
  }

  private static func trimmed(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}
