import Store

/// The locks of all experiment folders that a command works in.
public final class ExperimentLocks {
  private let locks: [FileLock]

  /// Takes the locks, creating the folders.
  ///
  /// - Throws: ``Failure`` (locked) with the owner when another modlab works in one of them.
  public init(_ experiments: Set<String>, output: OutputFolder) throws {
    var locks: [FileLock] = []
    // In the same order everywhere, and what was taken is given back when one is taken already.
    for name in experiments.sorted() {
      let folder = output.experiment(name)
      try Folder.create(at: folder.runs)
      locks.append(try FileLock.acquire(folder.lockFile))
      try AtomicFile.removeStaleTemporaries(in: folder.path)
    }
    self.locks = locks
  }

  /// Gives all locks back.
  public func release() { locks.forEach { $0.release() } }
}
