import Datasets
import Store
import TestSupport
import Testing

@testable import Fetching

@Suite struct DownloadTests {
  /// Somebody who has seen enough.
  private struct Enough: Error {}

  private let size = TestArchive.gzip(FetchingFixture.images).count

  private func part(_ fixture: FetchingFixture) -> String {
    fixture.data.path + "/pictures/.images.gz.part"
  }

  @Test func aBrokenConnectionIsTakenUpWhereItBroke() throws {
    try FetchingFixture.with { fixture throws in
      fixture.server["/images.gz"]?.cuts = [20_000, 30_000]
      try fixture.fetch(fixture.pictures)
      let offsets = fixture.server.requests.filter { $0.path == "/images.gz" }.map(\.offset)
      #expect(offsets == [nil, 20_000, 50_000])
      #expect(try fixture.states(fixture.pictures) == ["ok", "ok"])
    }
  }

  @Test func aStoppedDownloadIsContinuedByTheNextCommand() throws {
    try FetchingFixture.with { fixture throws in
      #expect(throws: Enough.self) {
        try fixture.fetch(fixture.pictures) { event in
          if case .progress(_, let received, _) = event, received > 40_000 { throw Enough() }
        }
      }
      let count = try InputFile(part(fixture)).size
      #expect(count > 40_000 && count < size)
      #expect(try fixture.states(fixture.pictures) == ["missing", "missing"])
      try fixture.fetch(fixture.pictures)
      #expect(fixture.server.requests[1] == .init(path: "/images.gz", offset: count))
      #expect(try fixture.states(fixture.pictures) == ["ok", "ok"])
      #expect(!Folder.exists(part(fixture)))
    }
  }

  @Test func aServerThatSendsTheWholeAgainIsReadFromTheStart() throws {
    try FetchingFixture.with { fixture throws in
      fixture.server["/images.gz"]?.honoursRanges = false
      fixture.server["/images.gz"]?.cuts = [20_000]
      var restarts: [String] = []
      try fixture.fetch(fixture.pictures) { event in
        if case .restarted(_, let why) = event { restarts.append(why) }
      }
      #expect(restarts == ["the server cannot resume downloads"])
      #expect(try fixture.states(fixture.pictures) == ["ok", "ok"])
    }
  }

  @Test func aServerThatNeitherContinuesNorFinishesIsGivenUp() throws {
    try FetchingFixture.with { fixture throws in
      fixture.server["/images.gz"]?.honoursRanges = false
      fixture.server["/images.gz"]?.cuts = Array(repeating: 20_000, count: 50)
      let failure = try #require(fixture.failure(fixture.pictures))
      #expect(failure.why?.hasSuffix("images.gz: the server cannot resume downloads") == true)
      #expect(fixture.server.requests.count < 10)
    }
  }

  @Test func bytesFromBeforeThatAreOthersAreThrownAway() throws {
    try FetchingFixture.with { fixture throws in
      for (count, requests) in [(30_000, 2), (size, 1), (size + 1, 1)] {
        let before = fixture.server.requests.count
        try fixture.put(
          [UInt8](repeating: 7, count: count), ".images.gz.part", in: "data/pictures")
        try fixture.fetch(fixture.pictures)
        #expect(try fixture.states(fixture.pictures)[0] == "ok")
        let made = fixture.server.requests.dropFirst(before).filter { $0.path == "/images.gz" }
        #expect(made.count == requests, "\(count)")
        #expect(made.last?.offset == nil)
        try SystemFileOperations().remove(fixture.data.path + "/pictures/images.gz")
      }
    }
  }

  @Test func aCompletePartialFileNeedsNoServer() throws {
    try FetchingFixture.with { fixture throws in
      try fixture.put(
        TestArchive.gzip(FetchingFixture.images), ".images.gz.part", in: "data/pictures")
      try fixture.fetch(fixture.pictures)
      #expect(fixture.server.requests.map(\.path) == ["/labels.gz"])
      // Without a published size the server has to say that nothing is missing.
      try fixture.put(FetchingFixture.archive, ".batches.tar.gz.part", in: "data/batches")
      try fixture.fetch(fixture.unchecked)
      #expect(
        fixture.server.requests.last
          == .init(path: "/batches.tar.gz", offset: FetchingFixture.archive.count))
      #expect(try fixture.files(fixture.unchecked) == ["a", "two.bin"])
    }
  }

  @Test func theNextAddressIsTriedWhenOneIsOfNoUse() throws {
    try FetchingFixture.with { fixture throws in
      let good = fixture.server["/images.gz"]
      var bad: [TestServer.Resource] = []
      for change in [
        { $0.refusal = 404 }, { $0.refusal = 503 }, { $0.content[5000] ^= 1 },
        { $0.content.removeLast() }, { $0.content.append(0) },
        {
          $0.content += [UInt8](repeating: 0, count: 200_000)
          $0.declaresLength = false
        },
        { $0.redirection = "/nowhere" }, { $0.redirection = "file:///etc/passwd" },
        { $0.content = [] },
      ] as [(inout TestServer.Resource) -> Void] {
        var resource = try #require(good)
        change(&resource)
        bad.append(resource)
      }
      for (index, resource) in bad.enumerated() {
        fixture.server["/bad/images.gz"] = resource
        let set = FetchingFixture.pictures([
          fixture.server.address + "/bad", fixture.server.address,
        ])
        try fixture.fetch(set)
        #expect(try fixture.states(set)[0] == "ok", "\(index)")
        #expect(fixture.server.requests.filter { $0.path == "/bad/images.gz" }.count == index + 1)
        try SystemFileOperations().remove(fixture.data.path + "/pictures/images.gz")
      }
      // Alone, none of them leaves anything that could be taken for the file.
      for (index, resource) in bad.enumerated() {
        fixture.server["/images.gz"] = resource
        let failure = try #require(fixture.failure(fixture.pictures), "\(index)")
        #expect(failure.exitCode == .dataMissing)
        #expect(failure.why?.contains(fixture.server.address) == true)
        #expect(failure.help?.contains("--from DIR") == true)
        #expect(try fixture.states(fixture.pictures)[0] == "missing", "\(index)")
      }
    }
  }

  @Test func aRedirectionIsFollowedAndALengthIsNotNeeded() throws {
    try FetchingFixture.with { fixture throws in
      fixture.server["/elsewhere"] = fixture.server["/images.gz"]
      fixture.server["/elsewhere"]?.declaresLength = false
      fixture.server["/images.gz"]?.redirection = "/elsewhere"
      try fixture.fetch(fixture.pictures)
      #expect(try fixture.states(fixture.pictures) == ["ok", "ok"])
    }
  }

  @Test func whatCannotBeReachedIsNamed() throws {
    try withTemporaryFolder { folder in
      let fixture = FetchingFixture(folder)
      // Bound, but nobody accepts after the server has ended.
      fixture.server.serving {}
      let failure = try #require(fixture.failure(fixture.pictures))
      #expect(failure.what == "pictures/images.gz: cannot be fetched")
      #expect(failure.why?.contains("connect") == true, "\(failure)")
    }
  }
}
