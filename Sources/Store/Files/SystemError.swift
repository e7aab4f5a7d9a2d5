import Glibc

/// An error number of the operating system.
public struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The number, such as `ENOSPC`.
  public let code: Int32

  /// Creates an error from its number.
  public init(_ code: Int32) {
    self.code = code
  }

  /// The error of the system call that has just failed.
  static var last: SystemError { SystemError(errno) }

  /// The system's own words, such as "No space left on device".
  public var description: String {
    var buffer = [CChar](repeating: 0, count: 256)
    // Unlike strerror, this may be called from any thread.
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension Failure {
  /// The failure for a system call that was refused: "cannot write 'results/runs.csv'".
  ///
  /// - Parameters:
  ///   - action: A verb such as "write".
  ///   - path: The file or folder.
  ///   - needed: Bytes that are still to be written, for the message when the disk is full.
  public static func system(
    _ error: SystemError, cannot action: String, _ path: String, needed: Int? = nil
  ) -> Failure {
    var why = error.description
    var help: String?
    switch error.code {
    case ENOSPC, EDQUOT:
      if let needed { why += "; \(needed) more bytes needed" }
      if let free = Folder.freeBytes(at: path) { why += ", \(free) bytes free" }
      help = "free some space and run the same command again; nothing complete is lost"
    case EACCES, EPERM: help = "check the permissions of the file and of its folder"
    case EROFS: help = "choose a folder on a disk that can be written"
    case ENOENT: help = "check the path; its folder must exist"
    case EMFILE, ENFILE: help = "raise the limit of open files (ulimit -n) or use fewer workers"
    default: break
    }
    return Failure(
      .inputOutput, "cannot \(action) \(quote(path: path))", why: why, help: help)
  }
}
