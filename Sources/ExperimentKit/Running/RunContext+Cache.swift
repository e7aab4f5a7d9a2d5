import Store
import Tensors

extension RunContext {
  /// As ``loop(phase:steps:state:body:)``, but shares the outcome with all runs of the same key and
  /// seed.
  ///
  /// The first run that needs an entry computes it under a lock and stores result, rows and notes
  /// of the phase; the others wait for it and load it. An entry that cannot be used is reported
  /// and computed again. Without a cache folder this is an ordinary loop.
  ///
  /// - Parameter key: Everything besides the seed and the data files that have been read on which the
  ///   outcome depends.
  public func cachedLoop(
    phase: String, key: JSONValue, steps: Int, state: any Resumable,
    body: (Int) throws -> StepReport
  ) throws {
    try visit(phase, steps: steps)
    if try restoreFinished(phase, steps: steps, state: state) { return }
    let loop = PhaseUnderWay(name: phase, steps: steps, state: state)
    guard let cacheFolder else {
      try computeAlone(loop, body: body)
      try finish(loop, tensors: state.result(), origin: .computed)
      return
    }
    try Folder.create(at: cacheFolder)
    let entry = CacheEntry(
      folder: cacheFolder, key: key, phase: phase, steps: steps, seed: seed,
      environment: environment, data: dataRecord.digests)
    if try load(entry, for: loop) { return }
    guard let lock = try waitForLock(of: entry) else { throw Cancelled(phase: phase, step: 0) }
    defer { lock.release() }
    // Whoever had the lock before has probably stored the entry.
    if try load(entry, for: loop) { return }
    // What killed runs have left half-written; files of living ones stay.
    _ = try? AtomicFile.removeStaleTemporaries(in: cacheFolder, operations: options.operations)
    recordedInPhase = RunCheckpoint.Recorded()
    defer { recordedInPhase = nil }
    try computeAlone(loop, body: body)
    let result = state.result()
    try requireFinite(result, phase: phase, steps: steps)
    store(entry, result, recorded: recordedInPhase ?? RunCheckpoint.Recorded())
    try finish(loop, tensors: result, origin: .computed)
  }

  private func load(_ entry: CacheEntry, for phase: PhaseUnderWay) throws -> Bool {
    guard Folder.exists(entry.path) else { return false }
    let stored: (tensors: [String: StoredTensor], recorded: RunCheckpoint.Recorded)
    do {
      stored = try entry.read()
    } catch {
      events(.warning("the cache entry cannot be used and is computed again: \(error)"))
      return false
    }
    checkpoint.recorded.rows.merge(stored.recorded.rows)
    checkpoint.recorded.notes.merge(stored.recorded.notes) { $1 }
    try finish(phase, tensors: stored.tensors, origin: .cache)
    return true
  }

  private func waitForLock(of entry: CacheEntry) throws -> FileLock? {
    if let lock = try FileLock.tryAcquire(entry.lockPath) { return lock }
    events(.waiting(phase: entry.phase))
    return try FileLock.wait(
      entry.lockPath, interval: options.cachePollInterval, until: shouldStop)
  }

  /// Stores an entry; the run does not depend on it, so that a failure is only reported.
  private func store(
    _ entry: CacheEntry, _ tensors: [String: StoredTensor], recorded: RunCheckpoint.Recorded
  ) {
    do {
      try entry.write(tensors, recorded: recorded, operations: options.operations)
    } catch {
      events(.warning("the outcome of '\(entry.phase)' cannot be shared: \(error)"))
    }
  }
}
