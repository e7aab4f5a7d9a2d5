import ExperimentKit
import Store

/// The tables of a study as one thing that is rebuilt at a time.
public enum StudyTables {
  /// Rebuilds all tables of a study from the folders of its runs.
  ///
  /// Reading the runs and writing the tables happen under a lock of their own, so that of two
  /// commands the later one has seen at least what the earlier one had: older tables never replace
  /// newer ones. Runs may be computed meanwhile.
  ///
  /// - Parameter patience: Seconds to wait for another command that is just rebuilding them.
  /// - Throws: ``Failure`` when `sweep.json` or the table of a run is damaged, a file cannot be
  ///   written, or (locked) another command takes too long.
  public static func rebuild(
    _ folder: StudyFolder, registry: KindRegistry, patience: Double = 60
  ) throws -> Summarizer.Report {
    let deadline = MonotonicClock.seconds() + patience
    let lock =
      try FileLock.wait(folder.tablesLockFile) { MonotonicClock.seconds() > deadline }
      ?? FileLock.acquire(folder.tablesLockFile)
    defer { lock.release() }
    return try Summarizer(StudyReader(folder, registry: registry), registry: registry).write()
  }
}

extension StudyFolder {
  /// Held by whoever rebuilds the tables.
  var tablesLockFile: String { path + "/.tables.lock" }
}
