import Glibc
import Store
import TestSupport
import Testing

/// Every system call of saving a checkpoint fails once, or is the last one of the process.
struct CheckpointFaultTests {
  /// Loops until no fault happens; `save` saves the third checkpoint and tells whether one did.
  private func forEveryCall(
    _ save: (_ path: String, _ number: Int) async throws -> Bool
  ) async throws {
    for number in 1... {
      let didHappen = try await withTemporaryFolder { folder -> Bool in
        let path = "\(folder)/c"
        try Checkpoint.write(CheckpointTests.tensors(1), to: path)
        try Checkpoint.write(CheckpointTests.tensors(2), to: path)
        let didHappen = try await save(path, number)
        try check(folder, "call \(number)", didHappen: didHappen)
        return didHappen
      }
      if !didHappen {
        // create, write, sync, remove, link, rename, sync-folder, close
        #expect(number == 9)
        return
      }
    }
  }

  /// Checks that a valid checkpoint is there, and that the next start tidies up.
  private func check(_ folder: String, _ place: String, didHappen: Bool) throws {
    let path = "\(folder)/c"
    let read = try Checkpoint.read(path)
    #expect(read.warning == nil, "\(place)")
    let isOld = SafetensorsTests.areIdentical(read.tensors, CheckpointTests.tensors(2))
    let isNew = SafetensorsTests.areIdentical(read.tensors, CheckpointTests.tensors(3))
    #expect(isNew || (didHappen && isOld), "\(place)")
    let previous = path + ".previous"
    if Folder.exists(previous) { #expect(try Checkpoint.read(previous).warning == nil) }
    let leftovers = try Folder.contents(at: folder).filter { $0.hasSuffix(".tmp") }
    #expect(leftovers.count <= 1, "\(place)")
    #expect(try AtomicFile.removeStaleTemporaries(in: folder) == leftovers)
    // Saving again works as if nothing had happened, and restores the previous one.
    try Checkpoint.write(CheckpointTests.tensors(4), to: path)
    #expect(try Folder.contents(at: folder) == ["c", "c.previous"])
    #expect(
      SafetensorsTests.areIdentical(
        try Checkpoint.read(path).tensors, CheckpointTests.tensors(4)))
    #expect(
      SafetensorsTests.areIdentical(try Checkpoint.read(previous).tensors, read.tensors))
  }

  @Test("after any failing system call a valid checkpoint is read", arguments: [ENOSPC, EIO])
  func errors(code: Int32) async throws {
    try await forEveryCall { path, number in
      let faulty = FaultyFileOperations(nil, number: number, action: .fail(SystemError(code)))
      let failure = failure {
        try Checkpoint.write(CheckpointTests.tensors(3), to: path, operations: faulty)
      }
      // Only the closing of a file that is safe may fail in silence.
      if faulty.didFire, faulty.trace[number - 1] != .close {
        #expect(failure?.exitCode == .inputOutput)
        #expect(failure?.what.contains("'\(path)'") == true)
      } else {
        #expect(failure == nil)
      }
      return faulty.didFire
    }
  }

  @Test("after being killed at any system call a valid checkpoint is read")
  func kills() async throws {
    for action in ["kill", "torn"] {
      try await forEveryCall { path, number in
        let result = try await #require(
          processExitsWith: .failure, sourceLocation: #_sourceLocation
        ) { [path = path as String, number = number as Int, action = action as String] in
          let faulty = try #require(
            FaultyFileOperations(description: "any:\(number):\(action)"))
          try Checkpoint.write(CheckpointTests.tensors(3), to: path, operations: faulty)
          // Only reached when nothing has happened.
          exit(42)
        }
        return result.exitStatus == .signal(SIGKILL)
      }
    }
  }
}
