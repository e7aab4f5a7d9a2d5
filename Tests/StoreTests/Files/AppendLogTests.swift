import Glibc
import Store
import TestSupport
import Testing

struct AppendLogTests {
  private func text(_ path: String) throws -> String {
    String(decoding: try InputFile.bytes(at: path), as: UTF8.self)
  }

  @Test("lines are added, also after reopening")
  func lines() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/log.txt"
      let log = try AppendLog(path)
      try log.append("one")
      try log.append("two\nand more")
      try log.append("")
      #expect(try text(path) == "one\ntwo\n  and more\n\n")
      log.close()
      log.close()
      let again = try AppendLog(path)
      try again.append("three")
      #expect(try text(path) == "one\ntwo\n  and more\n\nthree\n")
      #expect(failure { try log.append("x") }?.exitCode == .internalError)
    }
  }

  @Test("a line that a crash has cut is ended first")
  func cutLine() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/log.txt"
      try AtomicFile.write("whole\ncu", to: path)
      let log = try AppendLog(path)
      try log.append("next")
      #expect(try text(path) == "whole\ncu\nnext\n")
    }
  }

  @Test("lines of many threads do not mix")
  func threads() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/log.txt"
      let log = try AppendLog(path)
      try await withThrowingTaskGroup { group in
        for number in 0..<8 {
          group.addTask {
            for _ in 0..<50 { try log.append(String(repeating: "\(number)", count: 100)) }
          }
        }
        try await group.waitForAll()
      }
      let lines = try text(path).split(separator: "\n")
      #expect(lines.count == 400)
      #expect(lines.allSatisfy { $0.count == 100 && Set($0).count == 1 })
    }
  }

  @Test("errors name the file")
  func errors() throws {
    try withTemporaryFolder { folder in
      let missing = failure { _ = try AppendLog("\(folder)/none/log.txt") }
      #expect(missing?.exitCode == .inputOutput)
      let faulty = FaultyFileOperations(.write, number: 2, action: .fail(SystemError(ENOSPC)))
      let log = try AppendLog("\(folder)/log.txt", operations: faulty)
      try log.append("one")
      let full = try #require(failure { try log.append("two") })
      #expect(full.what == "cannot write '\(folder)/log.txt'")
      #expect(full.why?.contains("4 more bytes needed") == true)
      try log.append("three")
      #expect(try text("\(folder)/log.txt") == "one\nthree\n")
      #expect(failure { _ = try AppendLog(folder) }?.exitCode == .inputOutput)
    }
  }
}
