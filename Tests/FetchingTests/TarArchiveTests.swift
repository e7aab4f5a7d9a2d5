import Datasets
import Store
import TestSupport
import Testing

@testable import Fetching

@Suite struct TarArchiveTests {
  private typealias Member = TestArchive.Member

  /// Fetches the checked set from a local archive.
  private func failure(_ archive: [UInt8], _ fixture: FetchingFixture) throws -> Failure? {
    try fixture.put(archive, "batches.tar.gz")
    return fixture.failure(fixture.batches, from: fixture.copies)
  }

  @Test func nothingButExpectedFilesIsTaken() throws {
    try FetchingFixture.with { fixture throws in
      let hostile: [Member] = [
        .init("../escaped", [1]), .init("/tmp/modlab-escaped", [1]), .init("two.bin", [1]),
        .init("batches-bin/../batches-bin/two.bin", [1]), .init("batches-bin/two.bin/", []),
        .init("batches-bin/two.bin", kind: "2", target: "/etc/passwd"),
        .init("batches-bin/two.bin", kind: "1", target: "batches-bin/readme.html"),
        .init("batches-bin/two.bin", kind: "5"),
        .init("batches-bin/two.bin", [UInt8](repeating: 0, count: 100_000)),
        .init("batches-bin/two.bin", [1, 2, 3]),
      ]
      let packed = TestArchive.gzip(TestArchive.tar(hostile))
      let failure = try #require(try failure(packed, fixture))
      #expect(failure.exitCode == .dataMissing)
      #expect(try fixture.files(fixture.batches) == [])
      #expect(try Folder.contents(at: fixture.folder) == ["copies", "data"])
      #expect(!Folder.exists("/tmp/modlab-escaped"))
      // The right ones behind them are found.
      let both = TestArchive.gzip(TestArchive.tar(hostile + FetchingFixture.members))
      #expect(try self.failure(both, fixture)?.description == nil)
      #expect(try fixture.states(fixture.batches) == ["ok", "ok"])
    }
  }

  @Test func cutAndChangedArchivesGiveNoFileThatIsNotTheRightOne() throws {
    try FetchingFixture.with { fixture throws in
      let whole = FetchingFixture.archive
      for count in stride(from: 0, to: whole.count, by: 7919) {
        _ = try failure(Array(whole.prefix(count)), fixture)
        for state in try fixture.states(fixture.batches) {
          #expect(["ok", "missing"].contains(state), "\(count)")
        }
        // Without checksums only a whole archive is good enough.
        try? SystemFileOperations().remove(fixture.data.path + "/batches/a/one.bin")
        try? SystemFileOperations().remove(fixture.data.path + "/batches/two.bin")
        #expect(fixture.failure(fixture.unchecked, from: fixture.copies) != nil, "\(count)")
        #expect(try fixture.states(fixture.unchecked) == ["missing", "missing"], "\(count)")
      }
      for place in stride(from: 30, to: whole.count, by: 7919) {
        var changed = whole
        changed[place] ^= 0x10
        try fixture.put(changed, "batches.tar.gz")
        #expect(fixture.failure(fixture.unchecked, from: fixture.copies) != nil, "\(place)")
        #expect(try fixture.states(fixture.unchecked) == ["missing", "missing"], "\(place)")
      }
    }
  }

  @Test func anArchiveThatSwellsIsGivenUp() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.tar.gz"
      try AtomicFile.write(FetchingFixture.archive, to: path)
      let archive = try TarArchive(path, maximumSize: 50_000)
      #expect(throws: Failure.self) { try archive.checkPacking() }
      let again = try TarArchive(path, maximumSize: 50_000)
      #expect(throws: Failure.self) { try again.read(["batches-bin/two.bin": 500]) { _, _ in } }
    }
  }

  @Test func aDamagedArchiveOfAServerIsNotContinued() throws {
    try FetchingFixture.with { fixture throws in
      fixture.server["/batches.tar.gz"]?.content[60_000] ^= 1
      #expect(fixture.failure(fixture.unchecked)?.exitCode == .dataMissing)
      #expect(try fixture.files(fixture.unchecked) == [])
      fixture.server["/batches.tar.gz"]?.content[60_000] ^= 1
      #expect(fixture.failure(fixture.unchecked) == nil)
    }
  }
}
