import Datasets
import Store
import TestSupport
import Testing

@testable import Fetching

@Suite struct DataFetcherTests {
  @Test func whatIsThereAndInOrderIsNotFetchedAgain() throws {
    try FetchingFixture.with { fixture throws in
      #expect(try fixture.fetch(fixture.pictures) == [.downloaded, .downloaded])
      #expect(try fixture.states(fixture.pictures) == ["ok", "ok"])
      #expect(try fixture.files(fixture.pictures) == ["images.gz", "labels.gz"])
      #expect(fixture.server.requests.map(\.path) == ["/images.gz", "/labels.gz"])
      #expect(try fixture.fetch(fixture.pictures) == [.kept, .kept])
      #expect(fixture.server.requests.count == 2)
    }
  }

  @Test func filesPackedAnewOrUnpackedAreInOrder() throws {
    try FetchingFixture.with { fixture throws in
      try fixture.put(FetchingFixture.images, "images", in: "data/pictures")
      try fixture.put(FetchingFixture.labels, "labels.gz", in: "data/pictures")
      #expect(try fixture.fetch(fixture.pictures) == [.kept, .kept])
      #expect(fixture.server.requests == [])
    }
  }

  @Test func onlyWhatIsMissingOrDamagedIsFetched() throws {
    try FetchingFixture.with { fixture throws in
      try fixture.put([1, 2, 3], "labels.gz", in: "data/pictures")
      try fixture.put(FetchingFixture.images, "images", in: "data/pictures")
      #expect(try fixture.fetch(fixture.pictures) == [.kept, .downloaded])
      #expect(fixture.server.requests.map(\.path) == ["/labels.gz"])
      #expect(try fixture.states(fixture.pictures) == ["ok", "ok"])
    }
  }

  @Test func anArchiveIsUnpackedAndGoesAway() throws {
    try FetchingFixture.with { fixture throws in
      #expect(try fixture.fetch(fixture.batches) == [.unpacked, .unpacked])
      #expect(try fixture.states(fixture.batches) == ["ok", "ok"])
      #expect(try fixture.files(fixture.batches) == ["a", "two.bin"])
      try fixture.put([], "two.bin", in: "data/batches")
      #expect(try fixture.fetch(fixture.batches) == [.kept, .unpacked])
    }
  }

  @Test func filesWithoutChecksumsAreTakenAndSayTheirOwn() throws {
    try FetchingFixture.with { fixture throws in
      #expect(try fixture.fetch(fixture.unchecked) == [.unpacked, .unpacked])
      #expect(
        try fixture.states(fixture.unchecked)
          == ["no published checksum", "no published checksum"])
      #expect(try fixture.fetch(fixture.unchecked) == [.kept, .kept])
    }
  }

  @Test func aMirrorHasAFolderForEachSet() throws {
    try FetchingFixture.with { fixture throws in
      fixture.server["/all/pictures/images.gz"] = fixture.server["/images.gz"]
      fixture.server["/all/pictures/labels.gz"] = fixture.server["/labels.gz"]
      try fixture.fetch(fixture.pictures, from: .mirror(fixture.server.address + "/all/"))
      #expect(
        fixture.server.requests.map(\.path)
          == ["/all/pictures/images.gz", "/all/pictures/labels.gz"])
      try fixture.put(FetchingFixture.archive, "batches/batches.tar.gz")
      try fixture.fetch(fixture.batches, from: .mirror("file://\(fixture.folder)/copies"))
      #expect(try fixture.states(fixture.batches) == ["ok", "ok"])
    }
  }

  @Test func twoProcessesDoNotFetchOneSetAtATime() throws {
    try FetchingFixture.with { fixture throws in
      try Folder.create(at: fixture.data.path + "/pictures")
      let lock = try FileLock.acquire(fixture.data.path + "/pictures/.fetch.lock")
      #expect(fixture.failure(fixture.pictures)?.exitCode == .locked)
      lock.release()
      #expect(fixture.failure(fixture.pictures) == nil)
    }
  }

  // MARK: - Faults

  /// Every system call that writes fails once; nothing valid is lost and the next attempt succeeds.
  @Test(arguments: [28, 5] as [Int32])
  func afterAnErrorOfTheDiskTheNextAttemptSucceeds(code: Int32) throws {
    try FetchingFixture.with { fixture throws in
      var number = 0
      var failures = 0
      while true {
        number += 1
        try removeAll(fixture)
        try fixture.put(TestArchive.gzip(FetchingFixture.labels), "labels.gz", in: "data/pictures")
        let faulty = FaultyFileOperations(
          nil, number: number, action: .fail(SystemError(code)))
        for set in [fixture.pictures, fixture.batches] {
          if let failure = fixture.failure(set, operations: faulty) {
            failures += 1
            #expect(failure.exitCode == .inputOutput, "\(failure)")
          }
        }
        #expect(try fixture.states(fixture.pictures)[1] == "ok", "\(number)")
        for state in try fixture.states(fixture.pictures) + fixture.states(fixture.batches) {
          #expect(["ok", "missing"].contains(state), "\(number)")
        }
        guard faulty.didFire else { break }
        for set in [fixture.pictures, fixture.batches] { try fixture.fetch(set) }
        let states = try fixture.states(fixture.pictures) + fixture.states(fixture.batches)
        #expect(states == ["ok", "ok", "ok", "ok"], "\(number)")
        #expect(try fixture.files(fixture.pictures) == ["images.gz", "labels.gz"], "\(number)")
        #expect(try fixture.files(fixture.batches) == ["a", "two.bin"], "\(number)")
      }
      #expect(failures >= 10)
    }
  }

  private func removeAll(_ fixture: FetchingFixture) throws {
    let operations = SystemFileOperations()
    for name in [
      "pictures/images.gz", "pictures/labels.gz", "batches/a/one.bin", "batches/two.bin",
    ] {
      let path = "\(fixture.data.path)/\(name)"
      if Folder.exists(path) { try operations.remove(path) }
    }
  }
}
