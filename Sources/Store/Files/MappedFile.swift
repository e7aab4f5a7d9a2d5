import Glibc

/// The bytes of a file as memory: read when they are needed, however large the file is.
///
/// A file that becomes shorter while it is mapped ends the process when the missing part is read, as
/// the system has it; whoever writes data to be read at the same time writes a new file and renames it.
public final class MappedFile: @unchecked Sendable {
  /// The path as given.
  public let path: String
  /// All bytes; valid as long as the object lives.
  public let bytes: UnsafeRawBufferPointer

  /// Maps a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - missing: What it means to the caller when there is no such file.
  /// - Throws: ``Failure``: `missing`, or ``ExitCode/inputOutput``.
  public init(_ path: String, missing: ExitCode = .dataMissing) throws {
    self.path = path
    bytes = try InputFile(path, missing: missing).mapped()
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}
