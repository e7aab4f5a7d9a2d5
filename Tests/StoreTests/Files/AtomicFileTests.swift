import Foundation
import Store
import TestSupport
import Testing

struct AtomicFileTests {
  private func text(_ path: String) throws -> String {
    String(decoding: try InputFile.bytes(at: path), as: UTF8.self)
  }

  @Test("a file comes into being, is replaced, and nothing else is left")
  func writing() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.txt"
      try AtomicFile.write("one", to: path)
      #expect(try text(path) == "one")
      try AtomicFile.write([1, 2, 3], to: path)
      #expect(try InputFile.bytes(at: path) == [1, 2, 3])
      try AtomicFile.write("", to: path)
      #expect(try text(path) == "")
      #expect(try Folder.contents(at: folder) == ["a.txt"])
    }
  }

  @Test("small and large pieces keep their order")
  func pieces() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      var expected: [UInt8] = []
      let count = try AtomicFile.write(to: path) { writer in
        for size in [1, 100_000, 3, 65_535, 1, 65_536, 70_000, 0, 5] {
          let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ size) }
          expected += piece
          try writer.append(piece)
        }
        return writer.count
      }
      #expect(count == expected.count)
      #expect(try InputFile.bytes(at: path) == expected)
    }
  }

  @Test("while a file is written the old one stays, and when that fails it stays for good")
  func interruption() throws {
    struct Stop: Error {}
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      try AtomicFile.write("old", to: path)
      #expect(throws: Stop.self) {
        try AtomicFile.write(to: path) { writer in
          try writer.append([UInt8](repeating: 1, count: 100_000))
          #expect(try text(path) == "old")
          #expect(try Folder.contents(at: folder).count == 2)
          throw Stop()
        }
      }
      #expect(try text(path) == "old")
      #expect(try Folder.contents(at: folder) == ["a"])
    }
  }

  @Test("the file that is replaced is kept on demand")
  func previous() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      let previous = AtomicFile.previousPath(of: path)
      try AtomicFile.write("1", to: path, keepPrevious: true)
      #expect(try Folder.contents(at: folder) == ["a"])
      for number in 2...4 {
        try AtomicFile.write("\(number)", to: path, keepPrevious: true)
        #expect(try text(path) == "\(number)")
        #expect(try text(previous) == "\(number - 1)")
        #expect(try Folder.contents(at: folder) == ["a", "a.previous"])
      }
    }
  }

  @Test("a crash after keeping and before renaming does no harm later")
  func previousIsSameFile() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      let previous = AtomicFile.previousPath(of: path)
      try AtomicFile.write("1", to: path)
      try SystemFileOperations().link(path, to: previous)
      try AtomicFile.write("2", to: path, keepPrevious: true)
      #expect(try text(path) == "2")
      #expect(try text(previous) == "1")
      #expect(try Folder.contents(at: folder) == ["a", "a.previous"])
    }
  }

  @Test("the system calls come in the order that survives a power failure")
  func order() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      let first = FaultyFileOperations(nil, number: 0, action: .kill)
      try AtomicFile.write("1", to: path, keepPrevious: true, operations: first)
      #expect(first.trace == [.create, .write, .sync, .rename, .syncFolder, .close])
      let second = FaultyFileOperations(nil, number: 0, action: .kill)
      try AtomicFile.write("2", to: path, keepPrevious: true, operations: second)
      #expect(second.trace == [.create, .write, .sync, .link, .rename, .syncFolder, .close])
      let third = FaultyFileOperations(nil, number: 0, action: .kill)
      try AtomicFile.write("3", to: path, keepPrevious: true, operations: third)
      #expect(
        third.trace == [.create, .write, .sync, .remove, .link, .rename, .syncFolder, .close])
    }
  }

  @Test("a symbolic link is followed")
  func symbolicLink() throws {
    try withTemporaryFolder { folder in
      try Folder.create(at: "\(folder)/there")
      try AtomicFile.write("old", to: "\(folder)/there/file")
      let manager = FileManager.default
      try manager.createSymbolicLink(
        atPath: "\(folder)/link", withDestinationPath: "there/file")
      try AtomicFile.write("new", to: "\(folder)/link")
      #expect(try text("\(folder)/there/file") == "new")
      #expect(
        try manager.destinationOfSymbolicLink(atPath: "\(folder)/link") == "there/file")
      try manager.createSymbolicLink(atPath: "\(folder)/loose", withDestinationPath: "nowhere")
      let loose = failure { try AtomicFile.write("x", to: "\(folder)/loose") }
      #expect(loose?.why == "it is a dangling symbolic link")
    }
  }

  @Test("what cannot be written is said with path, reason and exit code 6")
  func refusals() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("x", to: "\(folder)/file")
      let cases = [
        ("\(folder)/none/a", "No such file or directory"), ("\(folder)/file/a", "Not a directory"),
        (folder, "it is a folder"), (folder + "/", "it is a folder"),
        ("/dev/null", "it is not a regular file"),
        ("\(folder)/a\0b", "the path contains a zero byte"),
        ("\(folder)/" + String(repeating: "n", count: 256), "File name too long"),
      ]
      for (path, reason) in cases {
        let failure = try #require(failure { try AtomicFile.write("x", to: path) })
        #expect(failure.exitCode == .inputOutput)
        #expect(failure.what.hasPrefix("cannot write '"))
        #expect(failure.why == reason)
      }
      #expect(try Folder.contents(at: folder) == ["file"])
    }
  }

  @Test("a bare name is written into the current folder")
  func bareName() async throws {
    try await withTemporaryFolder { folder in
      // In a process of its own, since the current folder belongs to the whole process.
      await #expect(processExitsWith: .success) { [folder = folder as String] in
        try #require(chdir(folder) == 0)
        try AtomicFile.write("x", to: "a")
      }
      let names = try Folder.contents(at: folder)
      #expect(names == ["a"])
    }
  }

  #if DEBUG
    @Test("builds for debugging take a fault from the environment")
    func faultFromEnvironment() async throws {
      try await withTemporaryFolder { folder in
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
          setenv("MODLAB_FAULT", "rename:2", 1)
          try AtomicFile.write("1", to: "\(folder)/a")
          try AtomicFile.write("2", to: "\(folder)/a")
        }
        let content = try text("\(folder)/a")
        #expect(content == "1")
      }
    }
  #endif

  @Test("the longest possible name is written although the temporary name would be longer")
  func longName() throws {
    try withTemporaryFolder { folder in
      for name in [String(repeating: "n", count: 255), String(repeating: "ü", count: 127)] {
        try AtomicFile.write("x", to: "\(folder)/\(name)")
        #expect(try text("\(folder)/\(name)") == "x")
      }
      #expect(try Folder.contents(at: folder).count == 2)
    }
  }

  @Test("many threads that write the same file leave one complete content")
  func threads() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/a"
      try await withThrowingTaskGroup { group in
        for number in 0..<8 {
          group.addTask {
            for _ in 0..<5 {
              try AtomicFile.write([UInt8](repeating: UInt8(number), count: 70_000), to: path)
            }
          }
        }
        try await group.waitForAll()
      }
      let bytes = try InputFile.bytes(at: path)
      #expect(bytes.count == 70_000 && Set(bytes).count == 1)
      #expect(try Folder.contents(at: folder) == ["a"])
    }
  }
}
