import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Store

struct FileLockTests {
  @Test("a lock is held once, and free after release or when forgotten")
  func exclusion() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/.lock"
      let lock = try FileLock.acquire(path)
      #expect(lock.path == path)
      #expect(try FileLock.tryAcquire(path) == nil)
      lock.release()
      lock.release()
      #expect(try Folder.contents(at: folder).isEmpty)
      do {
        let second = try #require(try FileLock.tryAcquire(path))
        #expect(try FileLock.tryAcquire(path) == nil)
        withExtendedLifetime(second) {}
      }
      #expect(try FileLock.tryAcquire(path) != nil)
    }
  }

  @Test("the failure names the owner")
  func owner() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/.lock"
      let lock = try FileLock.acquire(path)
      let owner = try #require(FileLock.Owner(readFrom: path))
      #expect(owner.process == Int(getpid()))
      #expect(owner.processStart > 0)
      #expect(!owner.host.isEmpty)
      #expect(owner.since.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
      let failure = try #require(failure { _ = try FileLock.acquire(path) })
      #expect(failure.exitCode == .locked)
      #expect(failure.what == "'\(path)' is locked by another modlab")
      #expect(failure.why == owner.description)
      #expect(owner.description.hasPrefix("process \(getpid()) on host '"))
      withExtendedLifetime(lock) {}
    }
  }

  @Test("a lock file that a dead process has left, or that holds nonsense, is taken over")
  func staleFile() throws {
    try withTemporaryFolder { folder in
      for (number, content) in ["", "{", "{\"pid\": 1}", "\u{FF}"].enumerated() {
        let path = "\(folder)/\(number)"
        try AtomicFile.write(content, to: path)
        #expect(FileLock.Owner(readFrom: path) == nil)
        let lock = try FileLock.acquire(path)
        #expect(FileLock.Owner(readFrom: path)?.process == Int(getpid()))
        lock.release()
      }
    }
  }

  @Test("the lock of a killed process is free at once")
  func killedOwner() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/.lock"
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let lock = try FileLock.acquire(path)
        withExtendedLifetime(lock) { _ = kill(getpid(), SIGKILL) }
      }
      // The file is still there, naming a process that is gone.
      let dead = try #require(FileLock.Owner(readFrom: path))
      #expect(dead.process != Int(getpid()))
      #expect(try FileLock.tryAcquire(path) != nil)
    }
  }

  @Test("the lock of a live process is respected")
  func liveOwner() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/.lock"
      let lock = try FileLock.acquire(path)
      await #expect(processExitsWith: .exitCode(7)) { [path = path as String] in
        do {
          _ = try FileLock.acquire(path)
        } catch {
          exit((error as? Failure)?.exitCode.rawValue ?? 99)
        }
      }
      #expect(try FileLock.tryAcquire(path) == nil)
      withExtendedLifetime(lock) {}
    }
  }

  @Test("waiting ends with the lock or when cancelled")
  func waiting() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/.lock"
      let lock = try FileLock.acquire(path)
      var questions = 0
      let cancelled = try FileLock.wait(path, interval: 0.001) {
        questions += 1
        return questions > 3
      }
      #expect(cancelled == nil)
      #expect(questions == 4)
      var isReleased = false
      let waited = try FileLock.wait(path, interval: 0.001) {
        if !isReleased { lock.release() }
        isReleased = true
        return false
      }
      #expect(waited != nil)
    }
  }

  @Test("among many threads at most one holds the lock at a time")
  func threads() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/.lock"
      let holders = Holders()
      try await withThrowingTaskGroup { group in
        for _ in 0..<6 {
          group.addTask {
            for _ in 0..<30 {
              while true {
                guard let lock = try FileLock.tryAcquire(path) else {
                  await Task.yield()
                  continue
                }
                holders.enter()
                await Task.yield()
                holders.leave()
                lock.release()
                break
              }
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(holders.most == 1)
      #expect(holders.total == 180)
      #expect(try Folder.contents(at: folder).isEmpty)
    }
  }

  @Test("a lock on a file that its last owner has removed does not count")
  func removedFile() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/.lock"
      let counter = ThreadCounter()
      let threads = (0..<4).map { _ in
        Thread {
          for _ in 0..<1000 {
            guard let lock = try? FileLock.tryAcquire(path) else { continue }
            // Whoever holds the lock finds itself alone with the file.
            let second = try? FileLock.tryAcquire(path)
            if second != nil || !Folder.exists(path) { counter.addError() }
            lock.release()
          }
          counter.finish()
        }
      }
      for thread in threads { thread.start() }
      while counter.finished < threads.count { usleep(1000) }
      #expect(counter.errors == 0)
    }
  }

  @Test("a lock that cannot be made is an input-output failure")
  func errors() throws {
    try withTemporaryFolder { folder in
      for path in ["\(folder)/none/.lock", folder] {
        #expect(failure { _ = try FileLock.acquire(path) }?.exitCode == .inputOutput)
      }
    }
  }
}

/// Counts those who hold a lock at the same time.
private final class Holders: Sendable {
  private let state = Mutex((now: 0, most: 0, total: 0))

  var most: Int { state.withLock { $0.most } }
  var total: Int { state.withLock { $0.total } }

  func enter() {
    state.withLock {
      $0.now += 1
      $0.most = max($0.most, $0.now)
      $0.total += 1
    }
  }

  func leave() {
    state.withLock { $0.now -= 1 }
  }
}

/// What the threads of a test report.
private final class ThreadCounter: Sendable {
  private let state = Mutex((errors: 0, finished: 0))

  var errors: Int { state.withLock { $0.errors } }
  var finished: Int { state.withLock { $0.finished } }

  func addError() { state.withLock { $0.errors += 1 } }
  func finish() { state.withLock { $0.finished += 1 } }

  @Test(
    "where the file system has no locks, it is said what to do",
    arguments: [ENOLCK, EOPNOTSUPP, ENOSYS])
  func noLocks(code: Int32) {
    let failure = FileLock.refusal(SystemError(code), "results/.lock")
    #expect(failure.exitCode == .inputOutput)
    #expect(failure.what == "cannot lock 'results/.lock'")
    #expect(
      failure.why?.hasSuffix("; the file system of its folder does not support locks (flock)")
        == true)
    #expect(failure.help?.hasPrefix("choose a folder on another file system, or ") == true)
    #expect(FileLock.refusal(SystemError(EACCES), "x").help?.contains("permissions") == true)
  }

  @Test("a lock that must be exclusive is asked for with a file that is open for writing")
  func openForWriting() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("x", to: folder + "/a")
      let descriptor = try #require(FileLock.openLocked(folder + "/a"))
      #expect(fcntl(descriptor, F_GETFL) & O_ACCMODE == O_RDWR)
      #expect(FileLock.openLocked(folder + "/a") == nil)
      #expect(!FileLock.isFree(folder + "/a"))
      close(descriptor)
      #expect(FileLock.isFree(folder + "/a"))
      #expect(FileLock.openLocked(folder + "/none") == nil)
      #expect(!Folder.exists(folder + "/none"))
    }
  }
}
