import Glibc
import Store
import TestSupport
import Testing

/// Every system call of a write is the last one of a process once.
struct AtomicFileKillTests {
  @Test("a process killed at its n-th call leaves a complete file", arguments: ["kill", "torn"])
  func kill(action: String) async throws {
    for number in 1...10 {
      try await withTemporaryFolder { folder in
        try AtomicFile.write(AtomicFileFaultTests.old, to: "\(folder)/a")
        if number == 10 {
          await #expect(processExitsWith: .success) {
            [folder = folder as String, number = number as Int, action = action as String] in
            try Self.writeAndDie(folder, number, action)
          }
        } else {
          await #expect(processExitsWith: .signal(SIGKILL)) {
            [folder = folder as String, number = number as Int, action = action as String] in
            try Self.writeAndDie(folder, number, action)
          }
        }
        // One write leaves at most one temporary file.
        let leftovers = try Folder.contents(at: folder).filter { $0.hasSuffix(".tmp") }
        #expect(leftovers.count <= 1)
        try AtomicFileFaultTests.check(folder)
      }
    }
  }

  static func writeAndDie(_ folder: String, _ number: Int, _ action: String) throws {
    let faulty = try #require(FaultyFileOperations(description: "any:\(number):\(action)"))
    try AtomicFileFaultTests.write(to: "\(folder)/a", operations: faulty)
  }
}
