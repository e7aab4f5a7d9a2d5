import ExperimentKit
import Foundation
import Store

/// Finds and removes what no current result needs.
///
/// Current is what `sweep.json` lists: the configurations of the manifests as they were when they
/// were last run. Nothing of a current run is touched, whatever state it is in, and nothing that a
/// living process holds. Finding writes nothing.
public struct GarbageCollector {
  private let experiments: [(folder: StudyFolder, record: StudyRecord)]
  private let arrays: Set<String>
  private let shared: OutputFolder?
  private let registry: KindRegistry

  /// Reads the records of a folder.
  ///
  /// - Parameter output: a folder of results; when it is that of one experiment, what several
  ///   experiments share is left alone.
  /// - Throws: ``Failure`` when there are no results or a record is damaged: nothing can then be
  ///   said to be garbage.
  public init(_ output: OutputFolder, registry: KindRegistry) throws {
    self.registry = registry
    let folders = try output.studies()
    shared = folders.contains { $0.path == output.root } ? nil : output
    var arrays: Set<String> = []
    experiments = try folders.compactMap { folder in
      arrays.formUnion(try SlurmRecord.read(folder).submissions.map(\.name))
      return try StudyRecord.read(folder).map { (folder, $0) }
    }
    self.arrays = arrays
  }

  /// Takes the locks of all experiments, which must be held while something is removed.
  ///
  /// - Throws: ``Failure`` (locked) when a modlab works in one of them.
  public func lock() throws -> StudyLocks {
    // Without experiments there would have been an error before.
    let output = shared ?? experiments.first?.folder.output ?? OutputFolder(".")
    return try StudyLocks(Set(experiments.map(\.folder.name)), output: output)
  }

  // MARK: - Finding

  /// All garbage, and remarks on what could not be judged.
  public func find() throws -> (garbage: [Garbage], remarks: [String]) {
    var garbage: [Garbage] = []
    var remarks: [String] = []
    for (folder, record) in experiments {
      let submitted = Set(try SlurmRecord.read(folder).submissions.flatMap(\.tasks).map(\.run))
      let current = Set(record.runs)
      garbage += files(in: [folder.path])
      for name in folder.existingRuns() {
        let run = folder.run(name)
        if current.contains(name) || submitted.contains(name) {
          garbage += files(in: [run.path, run.metrics])
        } else if !Folder.exists(run.lockFile) || FileLock.isFree(run.lockFile) {
          garbage.append(
            Garbage(
              kind: .staleRun, path: run.path, bytes: Self.size(run.path),
              remark: (try? RunStatus.read(run.statusFile))?.state.rawValue ?? ""))
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
      garbage += endedArrays(shared)
    }
    return (garbage, remarks)
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

  private func endedArrays(_ output: OutputFolder) -> [Garbage] {
    let names = (try? Folder.contents(at: output.slurm)) ?? []
    return names.filter { $0.hasPrefix("modlab-") && !arrays.contains($0) }
      .map { garbage(.slurmFiles, output.slurm($0), "no such array is on record") }
  }

  /// Entries of the cache that no seed of a current configuration starts from.
  private func unusedEntries(_ cache: String) throws -> (garbage: [Garbage], remarks: [String]) {
    var used: Set<CacheUse> = []
    for (_, record) in experiments {
      for configuration in record.configurations {
        do {
          let key = try registry.find(record.study)
            .prepare(json: configuration.configuration).pretrainingKey
          guard let key else { continue }
          used.formUnion(
            configuration.seeds.map { CacheUse(key: key.serialized(), seed: String($0)) })
        } catch {
          let what = (error as? Failure)?.what ?? "\(error)"
          return (
            [],
            [
              "the cache is left alone: of \(record.study) it is not known what it uses: \(what)"
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
    case .staleRun:
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
    case .temporary:
      return FileLock.isFree(garbage.path)
        && (try? AtomicFile.operations.remove(garbage.path)) != nil
    case .cacheEntry: return (try? AtomicFile.operations.remove(garbage.path)) != nil
    case .slurmFiles:
      guard (try? FileManager.default.removeItem(atPath: garbage.path)) != nil else { return false }
      rmdir(URL(fileURLWithPath: garbage.path).deletingLastPathComponent().path)
      return true
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
  /// The key that the experiment has given, as canonical JSON.
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
