import Store
import TestSupport
import Testing

@Suite struct PartialFileTests {
  private func append(_ text: String, to part: PartialFile) throws {
    try Array(text.utf8).withUnsafeBytes { try part.append($0) }
  }

  @Test func aFileHasItsNameOnlyWhenItIsComplete() throws {
    try withTemporaryFolder { folder in
      let target = folder + "/x"
      try AtomicFile.write("old", to: target)
      do {
        let part = try PartialFile(for: target)
        try append("one, ", to: part)
      }
      #expect(try InputFile.bytes(at: target) == Array("old".utf8))
      let part = try PartialFile(for: target)
      #expect(part.count == 5)
      try append("two", to: part)
      try part.complete()
      #expect(try InputFile.bytes(at: target) == Array("one, two".utf8))
      #expect(try Folder.contents(at: folder) == ["x"])
    }
  }

  @Test func itCanBeginAnewAndBeRemoved() throws {
    try withTemporaryFolder { folder in
      let part = try PartialFile(for: folder + "/x")
      try append("wrong", to: part)
      try part.restart()
      #expect(part.count == 0)
      try append("right", to: part)
      #expect(try InputFile.bytes(at: part.path) == Array("right".utf8))
      try part.remove()
      #expect(try Folder.contents(at: folder) == [])
      try PartialFile.removeLeftover(of: folder + "/x")
      _ = try PartialFile(for: folder + "/x")
      try PartialFile.removeLeftover(of: folder + "/x")
      #expect(try Folder.contents(at: folder) == [])
    }
  }

  @Test(arguments: FaultyFileOperations.Point.allCases)
  func anErrorLeavesTheOldFile(point: FaultyFileOperations.Point) throws {
    try withTemporaryFolder { folder in
      let target = folder + "/x"
      try AtomicFile.write("old", to: target)
      let faulty = FaultyFileOperations(point, number: 1, action: .fail(SystemError(28)))
      do {
        let part = try PartialFile(for: target, operations: faulty)
        try append("new", to: part)
        try part.restart()
        try append("new", to: part)
        try part.complete()
        #expect(!faulty.didFire || point == .close, "\(point)")
      } catch let failure as Failure {
        #expect(failure.exitCode == .inputOutput)
        #expect(failure.why?.contains("No space left on device") == true)
        // Only after the renaming the file can be the new one.
        let isOld = try InputFile.bytes(at: target) == Array("old".utf8)
        #expect(isOld || point == .syncFolder)
      }
    }
  }
}
