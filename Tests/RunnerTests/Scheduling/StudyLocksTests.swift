import Foundation
import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct StudyLocksTests {
  @Test func aFolderIsForOneCommandAtATime() throws {
    try withTemporaryFolder { path in
      let output = OutputFolder(path)
      let first = try StudyLocks(["walk"], output: output)
      let failure = #expect(throws: Failure.self) {
        try StudyLocks(["talk", "walk"], output: output)
      }
      #expect(failure?.exitCode == .locked)
      #expect(failure?.why?.contains("process \(getpid())") == true)
      // What was taken before the failure is free again.
      try StudyLocks(["talk"], output: output).release()
      first.release()
      try StudyLocks(["walk", "talk"], output: output).release()
    }
  }

  private func locks(
    _ path: String, _ shard: Shard?, patience: Double = 0.3
  ) throws -> StudyLocks {
    try StudyLocks(["walk"], output: OutputFolder(path), shard: shard, patience: patience)
  }

  @Test func shardsShareAFolderWhileTheyCompute() throws {
    try withTemporaryFolder { path in
      let one = try locks(path, Shard(number: 1, count: 2))
      // Until it shares, it has the folder for itself.
      #expect(throws: Failure.self) { try locks(path, Shard(number: 2, count: 2)) }
      one.share()
      let two = try locks(path, Shard(number: 2, count: 2))
      two.share()
      // The same shard once more, shards of another number, and everything at once do not fit.
      for shard in [Shard(number: 1, count: 2), Shard(number: 1, count: 3), nil] {
        let failure = #expect(throws: Failure.self) { try locks(path, shard) }
        #expect(failure?.exitCode == .locked)
      }
      #expect(try one.takeBack())
      let failure = #expect(throws: Failure.self) { try two.takeBack() }
      #expect(failure?.exitCode == .locked)
      one.release()
      #expect(try two.takeBack())
      two.release()
      try locks(path, nil).release()
      #expect(try Folder.contents(at: path + "/walk") == ["runs"])
    }
  }

  @Test func aCommandForAllRunsDoesNotShare() throws {
    try withTemporaryFolder { path in
      let all = try locks(path, nil)
      all.share()
      #expect(throws: Failure.self) { try locks(path, Shard(number: 1, count: 2)) }
      #expect(try all.takeBack())
      all.release()
    }
  }
}
