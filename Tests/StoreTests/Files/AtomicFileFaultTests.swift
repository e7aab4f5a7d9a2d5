import Foundation
import Glibc
import Store
import TestSupport
import Testing

/// Every system call of a write fails once; whatever happens, a complete file is there.
struct AtomicFileFaultTests {
  static let old = [UInt8](repeating: 1, count: 150_000)
  static let new = [UInt8](repeating: 2, count: 200_000)

  /// Writes `new` in three pieces.
  static func write(to path: String, operations: any FileOperations) throws {
    try AtomicFile.write(to: path, keepPrevious: true, operations: operations) { writer in
      try writer.append(Array(new[..<10]))
      try writer.append(Array(new[10..<150_000]))
      try writer.append(Array(new[150_000...]))
    }
  }

  /// Checks that old or new content is there, and that the sweep leaves nothing else.
  static func check(_ folder: String) throws {
    let path = "\(folder)/a"
    let content = try InputFile.bytes(at: path)
    #expect(content == old || content == new)
    let previous = try? InputFile.bytes(at: AtomicFile.previousPath(of: path))
    #expect(previous == nil || previous == old)
    if content == new { #expect(previous == old) }
    try AtomicFile.removeStaleTemporaries(in: folder, operations: SystemFileOperations())
    #expect(try Folder.contents(at: folder).allSatisfy { $0 == "a" || $0 == "a.previous" })
    // The next write works as if nothing had happened.
    try write(to: path, operations: SystemFileOperations())
    #expect(try InputFile.bytes(at: path) == new)
  }

  @Test("the n-th call fails with an error", arguments: [ENOSPC, EIO, EACCES])
  func errors(code: Int32) throws {
    for number in 1... {
      let isFinished = try withTemporaryFolder { folder -> Bool in
        let path = "\(folder)/a"
        try AtomicFile.write(Self.old, to: path)
        let faulty = FaultyFileOperations(
          nil, number: number, action: .fail(SystemError(code)))
        let failure = failure { try Self.write(to: path, operations: faulty) }
        guard faulty.didFire else {
          #expect(failure == nil)
          return true
        }
        // Only after the file is safe may an error go unmentioned.
        if ![.remove, .close].contains(faulty.trace[number - 1]) {
          #expect(failure?.exitCode == .inputOutput)
          #expect(failure?.what.contains("'\(path)'") == true)
          #expect(failure?.why?.hasPrefix(SystemError(code).description) == true)
        }
        try Self.check(folder)
        return false
      }
      if isFinished {
        #expect(number == 10)
        return
      }
    }
  }

  @Test("a full disk is reported with the bytes needed and free")
  func diskFull() throws {
    try withTemporaryFolder { folder in
      let faulty = FaultyFileOperations(
        .write, number: 2, action: .fail(SystemError(ENOSPC)))
      let failure = try #require(
        failure { try Self.write(to: "\(folder)/a", operations: faulty) })
      let why = try #require(failure.why)
      #expect(why.contains("No space left on device; 149990 more bytes needed, "))
      #expect(why.hasSuffix(" bytes free"))
      #expect(failure.help?.hasPrefix("free some space") == true)
      #expect(try Folder.contents(at: folder).isEmpty)
    }
  }

  @Test("a folder full of temporary files is reported")
  func tooManyTemporaries() throws {
    try withTemporaryFolder { folder in
      let faulty = FaultyFileOperations(nil, number: 0, action: .kill)
      let failure = failure {
        try AtomicFile.write("x", to: "\(folder)/a", operations: NeverNew(real: faulty))
      }
      #expect(failure?.exitCode == .inputOutput)
      #expect(failure?.why == "too many temporary files in its folder")
    }
  }

  @Test("a file that the system refuses to let grow leaves the old one")
  func realWriteError() async throws {
    try await withTemporaryFolder { folder in
      try AtomicFile.write(Self.old, to: "\(folder)/a")
      await #expect(processExitsWith: .exitCode(6)) { [folder = folder as String] in
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        do {
          try AtomicFile.write(Self.new, to: "\(folder)/a")
        } catch {
          exit((error as? Failure)?.exitCode.rawValue ?? 99)
        }
      }
      #expect(try Folder.contents(at: folder) == ["a"])
      #expect(try InputFile.bytes(at: "\(folder)/a") == Self.old)
    }
  }

  @Test("short writes are continued")
  func shortWrites() throws {
    try withTemporaryFolder { folder in
      try Self.write(to: "\(folder)/a", operations: ShortWrites())
      #expect(try InputFile.bytes(at: "\(folder)/a") == Self.new)
    }
  }

  @Test("without hard links the old file is copied")
  func noHardLinks() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      try AtomicFile.write(Self.old, to: path)
      let faulty = FaultyFileOperations(.link, number: 1, action: .fail(SystemError(EPERM)))
      try Self.write(to: path, operations: faulty)
      #expect(try InputFile.bytes(at: path) == Self.new)
      #expect(try InputFile.bytes(at: AtomicFile.previousPath(of: path)) == Self.old)
      #expect(try Folder.contents(at: folder) == ["a", "a.previous"])
    }
  }
}

/// Writes at most 1000 bytes at a time.
private struct ShortWrites: ForwardingFileOperations {
  let real: any FileOperations = SystemFileOperations()

  func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError) -> Int {
    try real.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(1000)), to: descriptor)
  }
}

/// Finds every name taken.
private struct NeverNew: ForwardingFileOperations {
  let real: any FileOperations

  func create(_ path: String) throws(SystemError) -> Int32 { throw SystemError(EEXIST) }
}
