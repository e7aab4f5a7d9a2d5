import Glibc

extension AtomicFile {
  /// Removes the temporary files that stopped processes have left in a folder.
  ///
  /// A file that is being written, by this process, another one or another machine, is locked by
  /// its writer and stays.
  ///
  /// - Returns: Names of the files removed.
  /// - Throws: ``Failure`` when the folder cannot be listed. A single file that cannot be removed
  ///   is not an error: it does no harm.
  @discardableResult
  public static func removeStaleTemporaries(
    in folder: String, operations: any FileOperations = AtomicFile.operations
  ) throws -> [String] {
    try Folder.contents(at: folder).filter {
      removeStaleTemporary("\(folder)/\($0)", operations: operations)
    }
  }

  /// Removes a temporary file that a stopped process has left; one that is being written stays, and
  /// so does a file of another kind.
  ///
  /// - Returns: Whether it has been removed.
  public static func removeStaleTemporary(
    _ path: String, operations: any FileOperations = AtomicFile.operations
  ) -> Bool {
    guard isTemporary(FilePathParts(path).name), let descriptor = FileLock.openLocked(path) else {
      return false
    }
    // The lock is held while the name is removed, so that no writer can begin in between.
    defer { close(descriptor) }
    return (try? operations.remove(path)) != nil
  }

  /// Names of the temporary files in a folder that ``removeStaleTemporaries(in:operations:)`` would
  /// remove.
  ///
  /// - Throws: ``Failure`` when the folder cannot be listed.
  public static func staleTemporaries(in folder: String) throws -> [String] {
    try Folder.contents(at: folder).filter {
      guard isTemporary($0), let descriptor = FileLock.openLocked("\(folder)/\($0)") else {
        return false
      }
      close(descriptor)
      return true
    }
  }

  /// Whether a name has the form `.<name>.<pid>-<n>.tmp`.
  static func isTemporary(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[0].isEmpty, parts[parts.count - 1] == "tmp" else { return false }
    let numbers = parts[parts.count - 2].split(separator: "-", omittingEmptySubsequences: false)
    return numbers.count == 2
      && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }
  }
}
