import Foundation
import Store

/// The paths of the files below `OUT`.
public struct OutputFolder: Sendable, Hashable {
  /// The folder that `--out` names.
  public let root: String

  /// Names a folder, which need not exist.
  public init(_ root: String) { self.root = root }

  /// The folder of pre-trained networks that several runs share.
  public var cache: String { root + "/cache" }

  /// The folder of a study.
  public func study(_ name: String) -> StudyFolder {
    StudyFolder(path: root + "/" + name)
  }

  /// The studies that have been run here: those with a `sweep.json`, by name.
  ///
  /// A folder of one study is accepted in place of `OUT`.
  ///
  /// - Throws: ``Failure`` when there is no such folder, or nothing in it.
  public func studies() throws -> [StudyFolder] {
    let here = StudyFolder(path: root)
    if Folder.exists(here.sweepFile) { return [here] }
    guard Folder.isFolder(root) else {
      throw Failure(
        .inputOutput, "no folder of results \(Failure.quote(root))",
        why: Folder.exists(root) ? "it is a file" : nil,
        help: "start with 'modlab run', or name the folder given to it as --out")
    }
    let found = try Folder.contents(at: root).map { StudyFolder(path: root + "/" + $0) }
      .filter { Folder.exists($0.sweepFile) }
    guard !found.isEmpty else {
      throw Failure(
        .inputOutput, "no results in \(Failure.quote(root))",
        why: "no folder in it has a sweep.json",
        help: "start with 'modlab run', or name the folder given to it as --out")
    }
    return found
  }
}

/// The paths of the files of one study.
public struct StudyFolder: Sendable, Hashable {
  /// The folder itself.
  public let path: String

  /// Names a folder of a study.
  public init(path: String) { self.path = path }

  /// Name of the study.
  public var name: String {
    URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
  }
  /// The folder of results that it stands in.
  public var output: OutputFolder {
    OutputFolder(
      URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path)
  }
  /// Provenance of everything in the folder.
  public var sweepFile: String { path + "/sweep.json" }
  /// One line per run.
  public var runsFile: String { path + "/runs.csv" }
  /// Held by the process that works in the folder.
  public var lockFile: String { path + "/.lock" }
  /// The folder of all runs.
  public var runs: String { path + "/runs" }

  /// The rows of a table of all runs.
  public func tableFile(_ table: String) -> String { "\(path)/\(table).csv" }
  /// The statistics of a table over seeds.
  public func summaryFile(_ table: String) -> String { "\(path)/\(table)_summary.csv" }

  /// The folder of a run.
  public func run(_ identity: RunName) -> RunFolder {
    RunFolder(path: "\(runs)/\(identity.configurationName)/\(identity.seedName)")
  }

  /// The runs that have a folder, in the order of their names.
  public func existingRuns() -> [RunName] {
    let names = (try? Folder.contents(at: runs)) ?? []
    return names.flatMap { name -> [RunName] in
      guard let (variant, hash) = RunName.parse(configurationName: name) else { return [] }
      let seeds = (try? Folder.contents(at: "\(runs)/\(name)")) ?? []
      return seeds.compactMap(RunName.parse(seedName:)).sorted().map {
        RunName(study: self.name, variant: variant, hash: hash, seed: $0)
      }
    }
  }
}

/// The paths of the files of one run.
public struct RunFolder: Sendable, Hashable {
  /// The folder itself.
  public let path: String

  /// Names a folder of a run.
  public init(path: String) { self.path = path }

  /// The folder of results that it stands in: `OUT/<study>/runs/<configuration>/<seed>`.
  var output: OutputFolder {
    var folder = URL(fileURLWithPath: path).standardizedFileURL
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    return OutputFolder(folder.path)
  }

  /// The resolved configuration and where it comes from.
  public var configFile: String { path + "/config.json" }
  /// State, progress and resources.
  public var statusFile: String { path + "/status.json" }
  /// What happened when.
  public var logFile: String { path + "/log.txt" }
  /// The folder of the recorded tables.
  public var metrics: String { path + "/metrics" }
  /// The rows of a table of this run.
  public func metricsFile(_ table: String) -> String { "\(metrics)/\(table).csv" }
  /// Everything needed to go on after an interruption.
  public var checkpointFile: String { path + "/checkpoint.safetensors" }
  /// The checkpoint and the one before it.
  var checkpointFiles: [String] {
    [checkpointFile, AtomicFile.previousPath(of: checkpointFile)]
  }
  /// Removes the checkpoints of a complete run: the results are on the disk, and what the run would
  /// have gone on from only takes space.
  func removeCheckpoints() {
    for path in checkpointFiles { try? AtomicFile.operations.remove(path) }
  }

  /// Held by the worker that computes the run.
  public var lockFile: String { path + "/.lock" }

  /// The files of the recorded tables, by their path within the folder.
  public func tableFiles() -> [String] {
    ((try? Folder.contents(at: metrics)) ?? [])
      .filter { $0.hasSuffix(".csv") && !$0.hasPrefix(".") }.map { "metrics/" + $0 }.sorted()
  }
}
