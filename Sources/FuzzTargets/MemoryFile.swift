import Glibc
import Store
import Synchronization

/// A file that exists in memory only, for readers that want a path.
enum MemoryFile {
  private static let descriptor = Mutex<Int32>(-1)

  /// Calls `body` with the path of a file of the given content.
  static func with(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    try descriptor.withLock { descriptor in
      if descriptor < 0 {
        let name = "/modlab-fuzz-\(getpid())"
        descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        shm_unlink(name)
      }
      let isReady = ftruncate(descriptor, 0) == 0
      let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
      precondition(isReady && written == bytes.count, "no room in memory")
      try body("/proc/self/fd/\(descriptor)")
    }
  }
}
