import Glibc
import Store
import TestSupport
import Testing

struct FaultyFileOperationsTests {
  @Test("descriptions are read, and nonsense is refused")
  func descriptions() {
    for text in [
      "write:3", "any:1:kill", "sync-folder:2:enospc", "rename:1:eio", "write:1:torn",
      "create:0", "append:1", "close:1", "link:1", "remove:1", "sync:1", "any@seed-01:3:trap",
    ] {
      #expect(FaultyFileOperations(description: text) != nil, "\(text)")
    }
    for text in [
      "", "write", "write:x", "reed:1", "write:1:explode", "write:1:kill:now", "@a:1",
    ] {
      #expect(FaultyFileOperations(description: text) == nil, "\(text)")
    }
  }

  @Test("only calls on the named path count, and the fault is reported")
  func pathsAndReport() throws {
    try withTemporaryFolder { folder in
      let report = "\(folder)/report"
      let faulty = FaultyFileOperations(
        .sync, part: "/file-b", number: 2, action: .fail(SystemError(5)), report: report)
      for name in ["file-a", "file-b", "file-a"] {
        try AtomicFile.write("x", to: "\(folder)/\(name)", operations: faulty)
      }
      #expect(!faulty.didFire && !Folder.exists(report))
      // The temporary file is called .file-b.…: the folder's slash stands in front of a dot.
      #expect(
        failure { try AtomicFile.write("x", to: "\(folder)/file-b", operations: faulty) } == nil)
      let dotted = FaultyFileOperations(
        .sync, part: "/.file-b", number: 1, action: .fail(SystemError(5)), report: report)
      #expect(
        failure { try AtomicFile.write("x", to: "\(folder)/file-b", operations: dotted) }?.exitCode
          == .inputOutput)
      #expect(dotted.didFire)
      let line = String(decoding: try InputFile.bytes(at: report), as: UTF8.self)
      #expect(line.hasPrefix("\(getpid()) sync \(folder)/.file-b."))
    }
  }
}
