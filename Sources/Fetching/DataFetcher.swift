import Datasets
import Store

/// Brings data sets into a data folder, from servers or from copies on this machine.
///
/// A file is put into its place in one step, and only after its content was compared with what is
/// published. What is there and in order is not fetched again.
public struct DataFetcher {
  /// Where files come from.
  public enum Source: Sendable, Equatable {
    /// The addresses at which they are published.
    case official
    /// A server with a folder for each data set, in it what is published: `URL/mnist/….gz`.
    case mirror(String)
    /// A folder of this machine with copies.
    case folder(String)
  }

  let folder: DataFolder
  let source: Source
  let allowsUnverified: Bool
  let operations: any FileOperations
  let report: (FetchEvent) throws -> Void

  /// Creates a fetcher.
  ///
  /// - Parameters:
  ///   - folder: Where data sets go.
  ///   - source: Where they come from.
  ///   - allowsUnverified: Whether local copies are taken, and files in their place kept, although
  ///     they are not the published ones.
  ///   - operations: The system calls that write.
  ///   - report: Is told what happens, several times a second while files are received; what it
  ///     throws stops the fetching, and what was received is kept.
  public init(
    into folder: DataFolder, from source: Source, allowsUnverified: Bool = false,
    operations: any FileOperations = AtomicFile.operations,
    report: @escaping (FetchEvent) throws -> Void
  ) {
    self.folder = folder
    self.source = source
    self.allowsUnverified = allowsUnverified
    self.operations = operations
    self.report = report
  }

  /// Fetches what is missing of a data set, or not as published.
  ///
  /// - Returns: all its files.
  /// - Throws: ``Failure``: data missing when files cannot be had, locked when another process
  ///   fetches the set, input/output when nothing can be written. What could be had is in its place.
  @discardableResult
  public func fetch(_ set: OfficialDataSet) throws -> [FetchedFile] {
    try Folder.create(at: path(set))
    let lock = try FileLock.acquire("\(path(set))/.fetch.lock")
    defer { lock.release() }
    let job = FetchJob(fetcher: self, set: set)
    return try job.perform()
  }

  func path(_ set: OfficialDataSet) -> String { "\(folder.path)/\(set.name)" }
}
