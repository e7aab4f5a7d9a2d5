import Glibc

/// The real system calls.
public struct SystemFileOperations: FileOperations {
  /// Creates the real system calls.
  public init() {}

  /// Creates a file that must not exist yet, and locks it: the lock tells a live temporary file
  /// from a stale one and vanishes with the process, however it ends.
  public func create(_ path: String) throws(SystemError) -> Int32 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .last }
    let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    var status = stat()
    // Somebody who sweeps may have taken the file for a stale one before it was locked.
    if (!isLocked && errno == EWOULDBLOCK)
      || (fstat(descriptor, &status) == 0 && status.st_nlink == 0)
    {
      _ = Glibc.close(descriptor)
      throw SystemError(EEXIST)
    }
    return descriptor
  }

  /// Opens a file to add to its end.
  public func openForAppending(_ path: String) throws(SystemError) -> Int32 {
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { throw .last }
    return descriptor
  }

  /// Writes some bytes.
  public func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
  ) throws(SystemError) -> Int {
    while true {
      let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      if count >= 0 { return count }
      if errno != EINTR { throw .last }
    }
  }

  /// Waits until the content is on the disk.
  public func synchronize(_ descriptor: Int32) throws(SystemError) {
    guard fsync(descriptor) == 0 else { throw .last }
  }

  /// Closes a file.
  public func close(_ descriptor: Int32) throws(SystemError) {
    // A child that is just being started holds a copy of the descriptor for a moment, and with it
    // the lock of `create`, unless it is given back expressly.
    flock(descriptor, LOCK_UN)
    // Linux frees the descriptor even when a signal interrupts: never close twice.
    guard Glibc.close(descriptor) == 0 || errno == EINTR else { throw .last }
  }

  /// Gives a file a second name.
  public func link(_ path: String, to newPath: String) throws(SystemError) {
    guard Glibc.link(path, newPath) == 0 else { throw .last }
  }

  /// Moves a file to a name.
  public func rename(_ path: String, to newPath: String) throws(SystemError) {
    guard Glibc.rename(path, newPath) == 0 else { throw .last }
  }

  /// Waits until the names in a folder are on the disk.
  public func synchronizeFolder(_ path: String) throws(SystemError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last }
    defer { _ = Glibc.close(descriptor) }
    // Some network file systems cannot synchronise folders and say EINVAL.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw .last }
  }

  /// Removes a name.
  public func remove(_ path: String) throws(SystemError) {
    guard unlink(path) == 0 else { throw .last }
  }
}
