import ExperimentKit
import Foundation
import Store

/// Finds and removes what no result needs.
///
/// A complete run is a result, also when no manifest asks for it any more: such superseded runs are
/// garbage only on demand. Nothing of a current run is touched, whatever state it is in, and nothing
/// that a living process holds. Finding writes nothing.
public struct GarbageCollector {
  private let studies: [(folder: StudyFolder, record: StudyRecord)]
  private let shared: OutputFolder?
  private let registry: KindRegistry
  private let batchSystems: [any BatchSystem]
  private let includesSuperseded: Bool

  /// Reads the records of a folder.
  ///
  /// - Parameters:
  ///   - output: A folder of results; when it is that of one study, what several studies share is
  ///     left alone.
  ///   - registry: Knows what configurations start from.
  ///   - executors: Know what they have been given.
  ///   - includesSuperseded: Whether runs that no manifest asks for any more count as garbage.
  /// - Throws: ``Failure`` when there are no results or a record is damaged: nothing can then be
  ///   said to be garbage.
  public init(
    _ output: OutputFolder, registry: KindRegistry, executors: Executors = .all,
    includesSuperseded: Bool = false
  ) throws {
    self.registry = registry
    batchSystems = executors.batchSystems
    self.includesSuperseded = includesSuperseded
    let folders = try output.studies()
    shared = folders.contains { $0.path == output.root } ? nil : output
    studies = try folders.compactMap { folder in
      try StudyRecord.read(folder).map { (folder, $0) }
    }
  }

  /// Takes the locks of all studies, which must be held while something is removed.
  ///
  /// - Throws: ``Failure`` (locked) when a modlab works in one of them.
  public func lock() throws -> StudyLocks {
    // Without studies there would have been an error before.
    let output = shared ?? studies.first?.folder.output ?? OutputFolder(".")
    return try StudyLocks(Set(studies.map(\.folder.name)), output: output)
  }

  // MARK: - Finding

  /// All garbage, and remarks on what could not be decided.
  public func find() throws -> (garbage: [Garbage], remarks: [String]) {
    var garbage: [Garbage] = []
    var remarks: [String] = []
    for (folder, record) in studies {
      let submitted = try batchSystems.flatMap { try $0.recordedRuns(folder) }
      let current = Set(record.runs(in: folder)).union(submitted)
      garbage += files(in: [folder.path])
      for name in folder.existingRuns() {
        let run = folder.run(name)
        if includesSuperseded, !current.contains(name) {
          guard !Folder.exists(run.lockFile) || FileLock.isFree(run.lockFile) else { continue }
          garbage.append(
            Garbage(
              kind: .supersededRun, path: run.path, bytes: Self.size(run.path),
              remark: (try? RunStatus.read(run.statusFile))?.state.rawValue ?? ""))
        } else {
          garbage += files(in: [run.path, run.metrics]) + checkpoints(run)
        }
      }
    }
    if let shared {
      garbage += files(in: [shared.cache])
      if Folder.isFolder(shared.cache) {
        let (entries, found) = try unusedEntries(shared.cache)
        garbage += entries
        remarks += found
      }
      for system in batchSystems {
        garbage += try system.leftovers(studies.map(\.folder), output: shared).map {
          self.garbage(
            .jobFiles(executor: system.name), $0, "of \(system.words.aJob) that is not recorded")
        }
      }
    }
    return (garbage, remarks)
  }

  /// Checkpoints of a run whose results are all there.
  private func checkpoints(_ run: RunFolder) -> [Garbage] {
    let files = run.checkpointFiles.filter(Folder.exists)
    guard !files.isEmpty, RunInspection.of(run).condition == .done else { return [] }
    return files.map { garbage(.checkpoint, $0, "of a complete run") }
  }

  /// Leftovers of killed processes: temporary files and locks.
  private func files(in folders: [String]) -> [Garbage] {
    folders.flatMap { folder -> [Garbage] in
      guard let names = try? Folder.contents(at: folder) else { return [] }
      let temporaries = (try? AtomicFile.staleTemporaries(in: folder)) ?? []
      let locks = names.filter {
        $0.hasSuffix(".lock") && FileLock.isFree("\(folder)/\($0)")
      }
      return temporaries.map { garbage(.temporary, "\(folder)/\($0)", "") }
        + locks.map { name in
          let owner = FileLock.Owner(readFrom: "\(folder)/\(name)")
          return garbage(.lock, "\(folder)/\(name)", owner.map { "of \($0)" } ?? "")
        }
    }
  }

  /// Entries of the cache that no seed of a configuration starts from, superseded ones included
  /// unless they are garbage themselves.
  private func unusedEntries(_ cache: String) throws -> (garbage: [Garbage], remarks: [String]) {
    var used: Set<CacheUse> = []
    for (folder, record) in studies {
      let seeds = Dictionary(grouping: folder.existingRuns(), by: \.configurationName)
      for configuration in record.configurations {
        if includesSuperseded, configuration.labels.isEmpty { continue }
        let existing = includesSuperseded ? [] : seeds[configuration.folderName] ?? []
        do {
          let key = try registry.find(recorded: configuration.kind)
            .prepare(json: configuration.settings()).pretrainingKey
          guard let key else { continue }
          used.formUnion(
            (configuration.seeds + existing.map(\.seed)).map {
              CacheUse(key: key.serialized(), seed: String($0))
            })
        } catch {
          let what = (error as? Failure)?.what ?? "\(error)"
          return (
            [],
            [
              "the cache is left alone, because it is not known what \(record.study) uses: \(what)"
            ]
          )
        }
      }
    }
    let entries = try Folder.contents(at: cache).filter {
      $0.hasSuffix(".safetensors") && !$0.hasPrefix(".")
    }
    return (
      entries.compactMap { name in
        let path = "\(cache)/\(name)"
        let lock = path.dropLast(".safetensors".count) + ".lock"
        // Whoever holds the lock is about to write the entry.
        guard !Folder.exists(String(lock)) || FileLock.isFree(String(lock)) else { return nil }
        guard let use = CacheUse(entry: path) else {
          return garbage(.cacheEntry, path, "cannot be read")
        }
        return used.contains(use) ? nil : garbage(.cacheEntry, path, "seed \(use.seed)")
      }, []
    )
  }

  // MARK: - Removing

  /// Removes something, unless it has come into use since it was found.
  ///
  /// - Returns: whether it is gone.
  public func remove(_ garbage: Garbage) -> Bool {
    switch garbage.kind {
    case .supersededRun:
      guard let lock = try? FileLock.tryAcquire(RunFolder(path: garbage.path).lockFile) else {
        return false
      }
      defer { lock.release() }
      guard (try? FileManager.default.removeItem(atPath: garbage.path)) != nil else { return false }
      // The folder of the configuration, when this was its last run.
      rmdir(URL(fileURLWithPath: garbage.path).deletingLastPathComponent().path)
      return true
    case .lock:
      // Releasing removes the file.
      guard let lock = try? FileLock.tryAcquire(garbage.path) else { return false }
      lock.release()
      return true
    case .temporary: return AtomicFile.removeStaleTemporary(garbage.path)
    case .cacheEntry, .checkpoint:
      return (try? AtomicFile.operations.remove(garbage.path)) != nil
    case .jobFiles:
      guard (try? FileManager.default.removeItem(atPath: garbage.path)) != nil else { return false }
      rmdir(URL(fileURLWithPath: garbage.path).deletingLastPathComponent().path)
      return true
    }
  }

  /// Takes superseded configurations of which nothing is left out of the records.
  ///
  /// - Throws: ``Failure`` (input/output) when a record cannot be written.
  public func forgetSuperseded() throws {
    for (folder, record) in studies {
      let existing = Set(folder.existingRuns().map(\.configurationName))
      var kept = record
      kept.configurations.removeAll { $0.labels.isEmpty && !existing.contains($0.folderName) }
      if kept != record { try kept.write(folder) }
    }
  }

  // MARK: - Sizes

  private func garbage(_ kind: Garbage.Kind, _ path: String, _ remark: String) -> Garbage {
    Garbage(kind: kind, path: path, bytes: Self.size(path), remark: remark)
  }

  /// Bytes of a file, or of all files in a folder.
  private static func size(_ path: String) -> Int {
    var status = stat()
    guard lstat(path, &status) == 0 else { return 0 }
    guard status.st_mode & S_IFMT == S_IFDIR else { return Int(status.st_size) }
    let names = (try? Folder.contents(at: path)) ?? []
    return names.reduce(0) { $0 + size("\(path)/\($1)") }
  }
}

/// What a pre-trained network in the cache is for.
private struct CacheUse: Hashable {
  /// The key that the kind has given, as canonical JSON.
  let key: String
  let seed: String

  init(key: String, seed: String) {
    self.key = key
    self.seed = seed
  }

  /// Reads it from the file of an entry; nil when it is none.
  init?(entry path: String) {
    guard let metadata = try? Safetensors.metadata(of: path), let seed = metadata["seed"],
      let whole = try? JSONValue.parse(metadata["key"] ?? "", file: path), let key = whole["key"]
    else { return nil }
    self.init(key: key.serialized(), seed: seed)
  }
}
