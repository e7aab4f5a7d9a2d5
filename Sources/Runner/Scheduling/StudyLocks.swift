import Store

/// The locks of all experiment folders that a command works in.
///
/// A command has its folders for itself. Those that compute shards share them: each holds the lock
/// of its shard all the time, and that of the folder only while it changes what all have in common.
public final class StudyLocks {
  private let folders: [StudyFolder]
  private let shard: Shard?
  private let patience: Double
  private var locks: [FileLock] = []
  private var shardLocks: [FileLock] = []

  /// Takes the locks, creating the folders.
  ///
  /// - Parameters:
  ///   - shard: The shard that is computed, nil for all runs.
  ///   - patience: Seconds to wait for another shard that is just at work in a folder.
  /// - Throws: ``Failure`` (locked) with the owner when another modlab works in one of them.
  public init(
    _ experiments: Set<String>, output: OutputFolder, shard: Shard? = nil, patience: Double = 60
  ) throws {
    // In the same order everywhere, and what was taken is given back when one is taken already.
    folders = experiments.sorted().map(output.study)
    self.shard = shard
    self.patience = patience
    do {
      for folder in folders {
        try Folder.create(at: folder.runs)
        locks.append(try lock(folder))
        try refuseOtherShards(folder)
        if let shard { shardLocks.append(try FileLock.acquire(folder.lockFile(of: shard))) }
        try AtomicFile.removeStaleTemporaries(in: folder.path)
        // A worker killed after its run was complete has left its lock: nobody else goes there.
        for run in folder.existingRuns().map(folder.run) where Folder.exists(run.lockFile) {
          try FileLock.removeStale(in: run.path)
        }
      }
    } catch {
      release()
      throw error
    }
  }

  /// Lets commands for other shards in, while runs are computed.
  public func share() {
    guard shard != nil else { return }
    locks.forEach { $0.release() }
    locks = []
  }

  /// Takes the folders back, to rebuild their tables.
  ///
  /// - Returns: false when the user wants to stop and another shard is just at work: it rebuilds the
  ///   tables as well.
  /// - Throws: ``Failure`` (locked) when another command holds one for too long.
  public func takeBack() throws -> Bool {
    guard locks.isEmpty else { return true }
    do {
      for folder in folders { locks.append(try lock(folder)) }
      return true
    } catch let failure as Failure where failure.exitCode == .locked && StopSignal.current != nil {
      return false
    }
  }

  /// Gives all locks back.
  public func release() {
    (shardLocks + locks).forEach { $0.release() }
    shardLocks = []
    locks = []
  }

  private func lock(_ folder: StudyFolder) throws -> FileLock {
    if shard != nil {
      let deadline = MonotonicClock.seconds() + patience
      let isLate = { StopSignal.current != nil || MonotonicClock.seconds() > deadline }
      if let lock = try FileLock.wait(folder.lockFile, until: isLate) { return lock }
    }
    return try FileLock.acquire(folder.lockFile)
  }

  /// Shards of one number divide the runs between them; nothing else may be computed meanwhile.
  private func refuseOtherShards(_ folder: StudyFolder) throws {
    for (path, count) in folder.shardLocks() where count != shard?.count {
      guard let lock = try FileLock.tryAcquire(path) else {
        throw Failure(
          .locked, "shards of \(count) are being computed in \(Failure.quote(path: folder.path))",
          why: FileLock.Owner(readFrom: path).map(\.description),
          help: "wait until they have finished, or stop them")
      }
      lock.release()
    }
  }
}

extension StudyFolder {
  /// Held by the command that computes a shard.
  func lockFile(of shard: Shard) -> String {
    "\(path)/.shard-\(shard.number)-of-\(shard.count).lock"
  }

  /// The locks of shards that exist, held or not, with the number of shards.
  func shardLocks() -> [(path: String, count: Int)] {
    ((try? Folder.contents(at: path)) ?? []).compactMap { name in
      let parts = name.split(separator: "-")
      guard parts.count == 4, parts[0] == ".shard", parts[2] == "of", parts[3].hasSuffix(".lock"),
        let count = Int(parts[3].dropLast(".lock".count))
      else { return nil }
      return ("\(path)/\(name)", count)
    }
  }
}
