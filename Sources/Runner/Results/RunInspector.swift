import Store

/// Looks at runs, as thoroughly as whoever asks needs.
///
/// A run is complete only if its result files have the digests on record. Files whose digest was
/// computed before and that have not changed since, by size, time and inode, are not read again.
public struct RunInspector: Sendable {
  private let index: DigestIndex
  private let rereads: Bool
  private let dataFolder: String?

  /// An inspector that remembers the digests of the files of a study.
  ///
  /// - Parameters:
  ///   - rereads: Whether it reads every file all the same, so that afterwards what it has found is
  ///     remembered, damage included.
  ///   - dataFolder: The folder of the data sets that runs would read now; nil to take the data as
  ///     they were.
  public init(_ folder: StudyFolder, rereads: Bool = false, dataFolder: String? = nil) {
    index = DigestIndex(folder: folder.path)
    self.rereads = rereads
    self.dataFolder = dataFolder
  }

  /// What the files of a run say about it.
  public func inspect(_ folder: RunFolder) -> RunInspection {
    let inspection = RunInspection.of(folder, digest: digest)
    guard let changed = changedData(inspection.status) else { return inspection }
    return RunInspection(
      condition: .resumable(step: 0, why: "\(changed) has other content than the run has read"),
      status: inspection.status, isBeingComputed: inspection.isBeingComputed, hasOtherData: true)
  }

  /// Keeps what was computed for the next inspector; to be called only by whoever may write.
  public func save() { index.save() }

  private func changedData(_ status: RunStatus?) -> String? {
    dataFolder.flatMap { status?.changedData(in: $0, digest: digest) }
  }

  private func digest(_ path: String) throws -> String {
    try index.digest(of: path, rereads: rereads)
  }
}
