/// A file that is received piece by piece, if need be by several processes one after the other, and
/// gets its name only when it is complete.
///
/// What has been received stands in `.<name>.part` in the folder of the target and stays there
/// when the process ends. It is not brought to the disk piece by piece: after a power failure
/// anything may be in it, so whoever calls ``complete()`` has checked the content. Two processes
/// must not receive the same file at a time.
public final class PartialFile {
  /// The file that it will be.
  public let target: String
  /// Where the bytes stand until then.
  public let path: String
  /// Bytes received so far, those of earlier processes included.
  public private(set) var count = 0

  private let operations: any FileOperations
  private var descriptor: Int32?

  /// Opens what has been received of a file, creating it when there is nothing yet.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput``.
  public init(
    for target: String, operations: any FileOperations = AtomicFile.operations
  ) throws {
    self.target = target
    self.operations = operations
    path = Self.path(of: target)
    try open()
  }

  deinit { close() }

  /// Removes what has been received of a file that nobody needs any more.
  public static func removeLeftover(
    of target: String, operations: any FileOperations = AtomicFile.operations
  ) throws {
    if Folder.exists(path(of: target)) {
      try PartialFile(for: target, operations: operations).remove()
    }
  }

  private static func path(of target: String) -> String {
    let parts = FilePathParts(target)
    return "\(parts.folder)/.\(parts.name).part"
  }

  /// Appends bytes.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput``; what was received before is kept.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    guard let descriptor else { preconditionFailure("a partial file is used after its end") }
    var rest = bytes[...]
    while !rest.isEmpty {
      do {
        let written = try operations.write(UnsafeRawBufferPointer(rebasing: rest), to: descriptor)
        rest = rest.dropFirst(written)
        count += written
      } catch {
        throw Failure.system(error, cannot: "write", path, needed: rest.count)
      }
    }
  }

  /// Forgets what has been received.
  public func restart() throws {
    try remove()
    try open()
  }

  /// Brings the bytes to the disk and gives the file its name, replacing in one step what is there.
  public func complete() throws {
    guard let descriptor else { preconditionFailure("a partial file is used after its end") }
    do {
      try operations.synchronize(descriptor)
      try operations.rename(path, to: target)
      try operations.synchronizeFolder(FilePathParts(target).folder)
    } catch {
      throw Failure.system(error, cannot: "write", target)
    }
    close()
  }

  /// Closes the file and removes it.
  public func remove() throws {
    close()
    do {
      try operations.remove(path)
    } catch {
      throw Failure.system(error, cannot: "remove", path)
    }
    count = 0
  }

  private func open() throws {
    do {
      descriptor = try operations.openForAppending(path)
    } catch {
      throw Failure.system(error, cannot: "write", path)
    }
    count = try InputFile(path, missing: .inputOutput).size
  }

  private func close() {
    if let descriptor { try? operations.close(descriptor) }
    descriptor = nil
  }
}
