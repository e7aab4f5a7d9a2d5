import Glibc

/// What tells, without reading a file, whether it is still the file that it was.
///
/// A file that is written anew by ``AtomicFile`` has another inode; one that is changed in place
/// has another size or modification time.
///
/// **Edge cases**: file systems with coarse time stamps (one or two seconds) can give a file that
/// changes twice in a short time the same fingerprint twice; see ``DigestIndex``.
public struct FileFingerprint: Hashable, Sendable {
  /// Size in bytes.
  public let size: Int
  /// Time of the last modification, in nanoseconds since 1970.
  public let modificationTime: Int
  /// Number of the file within its file system.
  public let inode: Int

  /// Creates a fingerprint from its parts.
  public init(size: Int, modificationTime: Int, inode: Int) {
    self.size = size
    self.modificationTime = modificationTime
    self.inode = inode
  }

  /// The fingerprint of a file now; links are followed. nil when there is no regular file.
  public init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    // A time stamp beyond the year 2262 wraps around; it only has to stay the same.
    self.init(
      size: Int(status.st_size),
      modificationTime: status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec,
      inode: Int(bitPattern: UInt(status.st_ino)))
  }

  /// The fingerprint as JSON: `size`, `modification_time_ns` and `inode`.
  public var json: JSONValue {
    [
      "size": .integer(size), "modification_time_ns": .integer(modificationTime),
      "inode": .integer(inode),
    ]
  }

  /// Reads what ``json`` gave; nil when a part is missing.
  public init?(json: JSONValue) {
    guard let size = json["size"]?.integerValue,
      let time = json["modification_time_ns"]?.integerValue,
      let inode = json["inode"]?.integerValue
    else { return nil }
    self.init(size: size, modificationTime: time, inode: inode)
  }
}
