import Glibc
import Synchronization

/// A lock that at most one process, and within it one holder, has at a time.
///
/// The kernel's advisory lock (`flock`) decides, so a lock whose owner has died, however it died,
/// is free at once. The file says who holds it (process, start of the process, host, time), for
/// messages only, and is removed on release.
///
/// **Edge cases**: works across machines where the file system carries `flock` (local disks, NFS
/// since Linux 2.6.12); one that has no locks at all is reported and not ignored.
public final class FileLock: Sendable {
  /// The file.
  public let path: String
  private let descriptor: Mutex<Int32?>

  private init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = Mutex(descriptor)
  }

  deinit { release() }

  /// Takes a lock or fails.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/locked`` and the owner when it is taken, with
  ///   ``ExitCode/inputOutput`` when the file cannot be created.
  public static func acquire(_ path: String) throws -> FileLock {
    if let lock = try tryAcquire(path) { return lock }
    throw Failure(
      .locked, "\(Failure.quote(path: path)) is locked by another modlab",
      why: Owner(readFrom: path).map(\.description),
      help: "wait until it has finished, or stop it; locks of dead processes need not be removed")
  }

  /// Takes a lock, nil when somebody else has it.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput`` when the file cannot be created.
  public static func tryAcquire(_ path: String) throws -> FileLock? {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
      guard descriptor >= 0 else { throw Failure.system(.last, cannot: "lock", path) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let error = SystemError.last
        close(descriptor)
        if error.code == EWOULDBLOCK { return nil }
        if error.code == EINTR { continue }
        throw refusal(error, path)
      }
      // The file may have been removed by its last owner between opening and locking; then this
      // lock is on a file that nobody else can find.
      if isSameFile(descriptor, path) {
        let lock = FileLock(path: path, descriptor: descriptor)
        Owner.current.write(to: descriptor)
        return lock
      }
      close(descriptor)
    }
  }

  /// Waits for a lock.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - interval: Seconds between two attempts.
  ///   - isCancelled: Asked before each attempt.
  /// - Returns: nil when cancelled.
  public static func wait(
    _ path: String, interval: Double = 0.1, until isCancelled: () -> Bool
  ) throws -> FileLock? {
    while !isCancelled() {
      if let lock = try tryAcquire(path) { return lock }
      usleep(UInt32(max(1, interval * 1e6)))
    }
    return nil
  }

  /// Gives the lock back; releasing twice is fine.
  public func release() {
    descriptor.withLock { descriptor in
      guard let held = descriptor else { return }
      // Removed while still locked: whoever waits finds out and makes a new file.
      if FileLock.isSameFile(held, path) { unlink(path) }
      // Expressly, since a child that is just being started holds a copy of the descriptor.
      flock(held, LOCK_UN)
      close(held)
      descriptor = nil
    }
  }

  /// The failure for a lock that the system does not give, though nobody else has it.
  static func refusal(_ error: SystemError, _ path: String) -> Failure {
    var failure = Failure.system(error, cannot: "lock", path)
    if [ENOLCK, EOPNOTSUPP, ENOSYS].contains(error.code) {
      failure.why = "\(error); the file system of its folder does not support locks (flock)"
      failure.help = """
        choose a folder on another file system, or have this one mounted with locks: \
        NFS needs lockd, or the option local_lock=flock when no other machine works in the folder; \
        Lustre needs the option flock
        """
    }
    return failure
  }

  /// Opens a file and locks it if nobody else has it locked; nil otherwise.
  ///
  /// Opened for writing, since NFS has exclusive locks only for files that are.
  ///
  /// - Returns: the descriptor; closing it gives the lock back.
  static func openLocked(_ path: String) -> Int32? {
    let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
    close(descriptor)
    return nil
  }

  /// Whether nobody holds the lock of a file, whatever the file says; false when there is none.
  ///
  /// For the moment of the question the file is locked for reading, so that an attempt to take the
  /// lock may fail: not for files over which others compete.
  public static func isFree(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) == 0
  }

  private static func isSameFile(_ descriptor: Int32, _ path: String) -> Bool {
    var opened = stat()
    var named = stat()
    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0
      && opened.st_dev == named.st_dev && opened.st_ino == named.st_ino
  }
}

extension FileLock {
  /// Who holds a lock.
  public struct Owner: Sendable, Equatable, CustomStringConvertible {
    /// Number of the process.
    public var process: Int
    /// Start of the process in clock ticks since the machine's start; tells apart processes that
    /// were given the same number.
    public var processStart: Int
    /// Name of the machine.
    public var host: String
    /// When the lock was taken, ISO 8601, UTC.
    public var since: String

    /// "process 4711 on host 'lab3' since 2025-05-01T12:00:00Z".
    public var description: String {
      "process \(process) on host \(Failure.quote(host)) since \(since)"
    }

    /// This process, now.
    static var current: Owner {
      Owner(
        process: Int(getpid()), processStart: Machine.startOfProcess("self") ?? 0,
        host: Machine.name, since: Timestamp.now())
    }

    /// The owner that a lock file names, nil when there is none or it is being written.
    public init?(readFrom path: String) {
      guard let bytes = try? InputFile.bytes(at: path, maximumSize: 4096),
        let json = try? JSONValue.parse(bytes, file: path),
        let process = json["pid"]?.integerValue, let start = json["start"]?.integerValue,
        let host = json["host"]?.stringValue, let since = json["since"]?.stringValue
      else { return nil }
      self.init(process: process, processStart: start, host: host, since: since)
    }

    init(process: Int, processStart: Int, host: String, since: String) {
      self.process = process
      self.processStart = processStart
      self.host = host
      self.since = since
    }

    /// Writes the owner into a lock file; a full disk does not make the lock less valid.
    func write(to descriptor: Int32) {
      let json: JSONValue = [
        "pid": .integer(process), "start": .integer(processStart), "host": .string(host),
        "since": .string(since),
      ]
      let bytes = Array((json.serialized() + "\n").utf8)
      ftruncate(descriptor, 0)
      _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }
  }
}
