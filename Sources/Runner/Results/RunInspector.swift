import Store

/// Looks at runs, as thoroughly as whoever asks needs.
///
/// A run is complete only if its result files have the digests on record. Files whose digest was
/// computed before and that have not changed since, by size, time and inode, are not read again.
public struct RunInspector: Sendable {
  private let index: DigestIndex?
  private let rereads: Bool

  /// An inspector that reads every result file: before results leave the folder or are built upon.
  public static let thorough = RunInspector(index: nil, rereads: true)

  /// An inspector that remembers the digests of the files of a study.
  ///
  /// - Parameter rereads: Whether it reads every file all the same, so that afterwards what it has
  ///   found is remembered, damage included.
  public init(_ folder: StudyFolder, rereads: Bool = false) {
    self.init(index: DigestIndex(folder: folder.path), rereads: rereads)
  }

  private init(index: DigestIndex?, rereads: Bool) {
    self.index = index
    self.rereads = rereads
  }

  /// What the files of a run say about it.
  public func inspect(_ folder: RunFolder) -> RunInspection {
    RunInspection.of(folder, digest: digest)
  }

  /// Keeps what was computed for the next inspector; to be called only by whoever may write.
  public func save() { index?.save() }

  private func digest(_ path: String) throws -> String {
    try index?.digest(of: path, rereads: rereads) ?? SHA256.file(at: path)
  }
}
