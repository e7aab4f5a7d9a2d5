import Glibc
import Synchronization

/// Files that are there completely or not at all.
///
/// Together with ``AppendLog`` and ``FileLock``, which cannot be atomic, this is the only code that
/// opens files for writing. A file is written under a temporary name in the same folder, brought
/// to the disk, and then renamed over its target; the target is never removed first. Whatever
/// fails, and whenever the process or the machine stops, the target is the old file or the new one.
public enum AtomicFile {
  /// The operations used unless others are given.
  public static let operations: any FileOperations = standardOperations()

  private static func standardOperations() -> any FileOperations {
    #if DEBUG
      if let text = getenv("MODLAB_FAULT"),
        let faulty = FaultyFileOperations(
          description: String(cString: text),
          report: getenv("MODLAB_FAULT_REPORT").map { String(cString: $0) })
      {
        return faulty
      }
    #endif
    return SystemFileOperations()
  }

  /// Replaces a file by what `body` writes.
  ///
  /// Order of the system calls: create `.<name>.<pid>-<n>.tmp`, write, fsync, with `keepPrevious`
  /// give the old file the second name `<name>.previous`, rename, fsync the folder, close. A crash
  /// leaves at most one temporary file. When `body` throws, nothing has changed.
  ///
  /// **Edge cases**: a symbolic link is followed, so that its destination is replaced and not the
  /// link; anything but a regular file (folder, device, pipe) is refused.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput``, or what `body` throws.
  @discardableResult
  public static func write<Result>(
    to path: String, keepPrevious: Bool = false,
    operations: any FileOperations = AtomicFile.operations,
    _ body: (Writer) throws -> Result
  ) throws -> Result {
    let target = try resolved(path)
    let parts = FilePathParts(target)
    let (temporary, descriptor) = try create(for: parts, path: path, operations: operations)
    do {
      let writer = Writer(path: path, descriptor: descriptor, operations: operations)
      // Only after the renaming: an open temporary file is locked, a closed one could be swept.
      defer { writer.close() }
      let result = try body(writer)
      try writer.finish()
      do {
        if keepPrevious, Folder.exists(target) {
          try keep(target, operations: operations)
        }
        try operations.rename(temporary, to: target)
      } catch let error as SystemError {
        throw Failure.system(error, cannot: "write", path)
      }
      do {
        try operations.synchronizeFolder(parts.folder)
      } catch {
        throw Failure.system(error, cannot: "flush to the disk", path)
      }
      return result
    } catch {
      // The first error is the one to report; leftovers are swept at the next start.
      try? operations.remove(temporary)
      throw error
    }
  }

  /// Replaces a file by some bytes.
  public static func write(
    _ bytes: [UInt8], to path: String, keepPrevious: Bool = false,
    operations: any FileOperations = AtomicFile.operations
  ) throws {
    try write(to: path, keepPrevious: keepPrevious, operations: operations) {
      try $0.append(bytes)
    }
  }

  /// Replaces a file by a text in UTF-8.
  public static func write(
    _ text: String, to path: String, keepPrevious: Bool = false,
    operations: any FileOperations = AtomicFile.operations
  ) throws {
    try write(to: path, keepPrevious: keepPrevious, operations: operations) {
      try $0.append(text)
    }
  }

  /// The path at which `keepPrevious` keeps the file that is replaced.
  public static func previousPath(of path: String) -> String { path + ".previous" }

  // MARK: - Steps

  private static let counter = Atomic<Int>(0)

  /// A name for a temporary file: hidden, in the folder of the target, and never used twice.
  private static func temporaryPath(for parts: FilePathParts) -> String {
    let number = counter.add(1, ordering: .relaxed).newValue
    let suffix = ".\(getpid())-\(number).tmp"
    // 255 bytes is the longest name; only the cut name of a temporary file is affected.
    var name = Substring(parts.name)
    while name.utf8.count + suffix.utf8.count + 1 > 255 { name.removeLast() }
    return "\(parts.folder)/.\(name)\(suffix)"
  }

  private static func create(
    for parts: FilePathParts, path: String, operations: any FileOperations
  ) throws -> (path: String, descriptor: Int32) {
    for _ in 0..<100 {
      let temporary = temporaryPath(for: parts)
      do {
        return (temporary, try operations.create(temporary))
      } catch {
        // A leftover of an earlier process with the same number: take the next name.
        if error.code != EEXIST { throw Failure.system(error, cannot: "write", path) }
      }
    }
    throw Failure(
      .inputOutput, "cannot write \(Failure.quote(path: path))",
      why: "too many temporary files in its folder",
      help: "remove the files .*.tmp when no modlab is running")
  }

  /// Gives the old file the name `<name>.previous`, replacing the one before it.
  ///
  /// The previous name is free for a moment, in which the file itself is there; a second temporary
  /// name for the step would be left behind by a crash together with the first one.
  private static func keep(_ target: String, operations: any FileOperations) throws {
    let previous = previousPath(of: target)
    do {
      if Folder.exists(previous) { try operations.remove(previous) }
      try operations.link(target, to: previous)
    } catch {
      guard [EPERM, EOPNOTSUPP, EMLINK, ENOSYS].contains(error.code) else { throw error }
      // A file system without hard links: copy.
      let old = try InputFile.bytes(at: target, maximumSize: .max, missing: .inputOutput)
      try write(old, to: previous, operations: operations)
    }
  }

  /// Follows symbolic links and refuses what is not a regular file.
  private static func resolved(_ path: String) throws -> String {
    func refused(_ why: String) -> Failure {
      Failure(
        .inputOutput, "cannot write \(Failure.quote(path: path))", why: why)
    }
    guard !path.utf8.contains(0) else { throw refused("the path contains a zero byte") }
    guard !FilePathParts(path).name.isEmpty else { throw refused("it is a folder") }
    var status = stat()
    guard lstat(path, &status) == 0 else { return path }
    var target = path
    if status.st_mode & S_IFMT == S_IFLNK {
      guard let real = realpath(path, nil) else {
        throw refused("it is a dangling symbolic link")
      }
      defer { free(real) }
      target = String(cString: real)
      guard stat(target, &status) == 0 else { throw Failure.system(.last, cannot: "write", path) }
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return target
    case S_IFDIR: throw refused("it is a folder")
    default: throw refused("it is not a regular file")
    }
  }
}
