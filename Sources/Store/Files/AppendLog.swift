import Synchronization

/// A text log that grows by whole lines, such as `log.txt` of a run.
///
/// Lines of several threads do not mix. A log is not brought to the disk line by line: after a
/// power failure the last lines may be missing, after a crash of the process they are not.
public final class AppendLog: Sendable {
  /// The file.
  public let path: String
  private let operations: any FileOperations
  private let descriptor: Mutex<Int32?>

  /// Opens a log, creating it when there is none.
  ///
  /// A last line that was cut by a crash is ended first, so that new lines begin at the margin.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput``.
  public init(
    _ path: String, operations: any FileOperations = AtomicFile.operations
  ) throws {
    self.path = path
    self.operations = operations
    do {
      let opened = try operations.openForAppending(path)
      descriptor = Mutex(opened)
    } catch {
      throw Failure.system(error, cannot: "write", path)
    }
    if try AppendLog.endsWithinLine(path) { try write("\n") }
  }

  deinit { close() }

  /// Appends a line; the line feed is added here.
  ///
  /// Further lines within `line` are indented by two spaces, so that each entry begins at the
  /// margin.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput``, also after ``close()``.
  public func append(_ line: String) throws {
    let lines = line.split(separator: "\n", omittingEmptySubsequences: false)
    try write(lines.joined(separator: "\n  ") + "\n")
  }

  /// Closes the log; closing twice is fine.
  public func close() {
    descriptor.withLock { descriptor in
      if let opened = descriptor { try? operations.close(opened) }
      descriptor = nil
    }
  }

  private func write(_ text: String) throws {
    let bytes = Array(text.utf8)
    try descriptor.withLock { descriptor in
      guard let descriptor else {
        throw Failure(.internalError, "log \(Failure.quote(path)) is closed")
      }
      var written = 0
      while written < bytes.count {
        do {
          written += try bytes.withUnsafeBytes { buffer throws(SystemError) in
            try operations.write(
              UnsafeRawBufferPointer(rebasing: buffer[written...]), to: descriptor)
          }
        } catch let error as SystemError {
          throw Failure.system(error, cannot: "write", path, needed: bytes.count - written)
        }
      }
    }
  }

  private static func endsWithinLine(_ path: String) throws -> Bool {
    let file = try InputFile(path, missing: .inputOutput)
    guard file.size > 0 else { return false }
    var last = [UInt8](repeating: 0, count: 1)
    let count = try last.withUnsafeMutableBytes { try file.read(into: $0, at: file.size - 1) }
    return count == 1 && last[0] != UInt8(ascii: "\n")
  }
}
