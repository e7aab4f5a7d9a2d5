extension FileLock {
  /// Removes the lock files in a folder whose owners were killed; those of living ones stay.
  ///
  /// They do no harm, but nobody else removes one that nobody wants any more. Each free lock is
  /// taken for an instant, for which somebody else who wants it has to wait.
  public static func removeStale(in folder: String) throws {
    for name in try Folder.contents(at: folder) where name.hasSuffix(".lock") {
      try tryAcquire("\(folder)/\(name)")?.release()
    }
  }
}
