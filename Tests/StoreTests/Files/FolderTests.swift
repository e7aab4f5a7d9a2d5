import Store
import TestSupport
import Testing

struct FolderTests {
  @Test("folders are created with those above, again and again")
  func creation() throws {
    try withTemporaryFolder { folder in
      for path in ["a/b/c", "a/b/c/", "a", "d//e"] {
        try Folder.create(at: "\(folder)/\(path)")
        #expect(Folder.isFolder("\(folder)/\(path)"))
      }
      try AtomicFile.write("x", to: "\(folder)/file")
      for path in ["file", "file/a"] {
        let failure = try #require(failure { try Folder.create(at: "\(folder)/\(path)") })
        #expect(failure.exitCode == .inputOutput)
        #expect(failure.what.hasPrefix("cannot create the folder"))
      }
      #expect(!Folder.isFolder("\(folder)/file"))
    }
  }

  @Test("contents are sorted by bytes")
  func contents() throws {
    try withTemporaryFolder { folder in
      for name in ["b", "a", "B", "ü", ".hidden", "a.1"] {
        try AtomicFile.write("", to: "\(folder)/\(name)")
      }
      #expect(try Folder.contents(at: folder) == [".hidden", "B", "a", "a.1", "b", "ü"])
      let missing = failure { _ = try Folder.contents(at: "\(folder)/x", missing: .dataMissing) }
      #expect(missing?.exitCode == .dataMissing)
      let file = failure { _ = try Folder.contents(at: "\(folder)/a", missing: .dataMissing) }
      #expect(file?.exitCode == .inputOutput)
      #expect(Folder.exists("\(folder)/a"))
      #expect(!Folder.exists("\(folder)/x"))
    }
  }

  @Test("free space is known for folders, files and files to come")
  func freeSpace() throws {
    try withTemporaryFolder { folder in
      #expect((Folder.freeBytes(at: folder) ?? 0) > 0)
      #expect((Folder.freeBytes(at: "\(folder)/to-come") ?? 0) > 0)
      #expect(Folder.freeBytes(at: "\(folder)/none/to-come") == nil)
    }
  }
}
