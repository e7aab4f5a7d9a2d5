import Store
import TestSupport
import Testing

struct AtomicFileSweepingTests {
  @Test("only names of temporary files are swept")
  func names() throws {
    try withTemporaryFolder { folder in
      let stale = [".a.1-2.tmp", ".a.b.txt.4711-12.tmp", ".a.previous.1-9.tmp"]
      let others = [
        ".a.tmp", ".1-2.tmp", ".a.1.tmp", ".hidden", "a.1-2.tmp", ".a.1-2.tmp.x", ".a.1-.tmp",
        ".a.x-2.tmp",
        "a.txt", "a.previous",
      ]
      for name in stale + others { try AtomicFile.write("x", to: "\(folder)/\(name)") }
      #expect(try AtomicFile.staleTemporaries(in: folder) == stale.sorted())
      #expect(try AtomicFile.removeStaleTemporaries(in: folder) == stale.sorted())
      #expect(try Folder.contents(at: folder) == others.sorted())
      #expect(try AtomicFile.removeStaleTemporaries(in: folder) == [])
    }
  }

  @Test("a file that is being written is not swept")
  func liveFile() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write(to: "\(folder)/a") { writer in
        try writer.append("x")
        #expect(try AtomicFile.staleTemporaries(in: folder) == [])
        #expect(try AtomicFile.removeStaleTemporaries(in: folder) == [])
      }
      #expect(try Folder.contents(at: folder) == ["a"])
    }
  }

  @Test("what is listed can be removed, file by file")
  func single() throws {
    try withTemporaryFolder { folder in
      for name in ["a", ".a.1-2.tmp"] { try AtomicFile.write("x", to: "\(folder)/\(name)") }
      #expect(!AtomicFile.removeStaleTemporary("\(folder)/a"))
      #expect(!AtomicFile.removeStaleTemporary("\(folder)/.b.1-2.tmp"))
      #expect(AtomicFile.removeStaleTemporary("\(folder)/.a.1-2.tmp"))
      #expect(try Folder.contents(at: folder) == ["a"])
    }
  }

  @Test("sweeping and writing at the same time disturb nobody")
  func race() async throws {
    try await withTemporaryFolder { folder in
      try await withThrowingTaskGroup { group in
        group.addTask {
          for number in 0..<200 {
            try AtomicFile.write(
              "\(number)", to: "\(folder)/a", keepPrevious: true,
              operations: QuickFileOperations())
          }
        }
        group.addTask {
          for _ in 0..<2000 { try AtomicFile.removeStaleTemporaries(in: folder) }
        }
        try await group.waitForAll()
      }
      #expect(try Folder.contents(at: folder) == ["a", "a.previous"])
      #expect(try InputFile.bytes(at: "\(folder)/a") == Array("199".utf8))
      #expect(try InputFile.bytes(at: "\(folder)/a.previous") == Array("198".utf8))
    }
  }

  @Test("a link in place of a temporary file leads nowhere, a missing folder is a failure")
  func edgeCases() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("x", to: "\(folder)/a")
      try Folder.create(at: "\(folder)/.b.1-1.tmp")
      #expect(try AtomicFile.removeStaleTemporaries(in: folder) == [])
      #expect(Folder.isFolder("\(folder)/.b.1-1.tmp"))
      let missing = failure { try AtomicFile.removeStaleTemporaries(in: "\(folder)/none") }
      #expect(missing?.exitCode == .inputOutput)
    }
  }
}
