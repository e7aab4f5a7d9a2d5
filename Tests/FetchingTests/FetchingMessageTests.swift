import Datasets
import Foundation
import Store
import TestSupport
import Testing

@testable import Fetching

/// Every message of the module, with its text.
@Suite struct FetchingMessageTests {
  static let folder = Bundle.module.bundlePath + "/Fixtures/bad"

  private typealias Provocation = @Sendable (FetchingFixture) throws -> Failure?

  /// How each message is provoked, by the name of the file with its text.
  private static let provocations: [String: Provocation] = [
    "not-found": { fixture in
      fixture.server["/images.gz"] = nil
      return fixture.failure(fixture.pictures)
    },
    "other-bytes": { fixture in
      fixture.server["/images.gz"]?.content[5000] ^= 1
      return fixture.failure(fixture.pictures)
    },
    "too-few-bytes": { fixture in
      fixture.server["/images.gz"]?.content.removeLast()
      return fixture.failure(fixture.pictures)
    },
    "too-many-bytes": { fixture in
      fixture.server["/images.gz"]?.content.append(0)
      return fixture.failure(fixture.pictures)
    },
    "empty-file": { fixture in
      fixture.server["/batches.tar.gz"]?.content = []
      return fixture.failure(fixture.unchecked)
    },
    "never-continues": { fixture in
      fixture.server["/images.gz"]?.honoursRanges = false
      fixture.server["/images.gz"]?.cuts = Array(repeating: 20_000, count: 50)
      return fixture.failure(fixture.pictures)
    },
    "archive-cut": { fixture in
      fixture.server["/batches.tar.gz"]?.content.removeLast(50_000)
      return fixture.failure(fixture.unchecked)
    },
    "archive-changed": { fixture in
      fixture.server["/batches.tar.gz"]?.content[60_000] ^= 1
      return fixture.failure(fixture.unchecked)
    },
    "no-archive": { fixture in
      fixture.server["/batches.tar.gz"]?.content = Array(repeating: 120, count: 5000)
      return fixture.failure(fixture.unchecked)
    },
    "archive-swells": { fixture in
      try fixture.put(FetchingFixture.archive, "x.tar.gz")
      let archive = try TarArchive(fixture.folder + "/copies/x.tar.gz", maximumSize: 50_000)
      do {
        try archive.checkPacking()
        return nil
      } catch {
        return error as? Failure
      }
    },
    "archive-lacks-files": { fixture in
      let archive = TestArchive.gzip(TestArchive.tar([.init("readme", [1])]))
      fixture.server["/batches.tar.gz"] = .init(archive)
      return fixture.failure(FetchingFixture.batches([fixture.server.address], archive: archive))
    },
    "no-copies": { fixture in
      try Folder.create(at: fixture.folder + "/copies")
      return fixture.failure(fixture.pictures, from: fixture.copies)
    },
    "other-copies": { fixture in
      var other = FetchingFixture.labels
      other[0] ^= 1
      try fixture.put(other, "labels")
      try fixture.put([1, 2, 3], "images")
      return fixture.failure(fixture.pictures, from: fixture.copies)
    },
    "copy-too-large": { fixture in
      try fixture.put([UInt8](repeating: 0, count: 200_000), "images")
      try fixture.put(FetchingFixture.labels, "labels")
      return fixture.failure(fixture.pictures, from: fixture.copies)
    },
    "copied-archive-cut": { fixture in
      try fixture.put(Array(FetchingFixture.archive.prefix(50_000)), "batches.tar.gz")
      return fixture.failure(fixture.batches, from: fixture.copies)
    },
  ]

  @Test(arguments: provocations.keys.sorted())
  func everyMessageHasItsText(name: String) throws {
    try FetchingFixture.with { fixture throws in
      let failure = try #require(try Self.provocations[name]?(fixture))
      let text = "\(failure)\n".replacing(fixture.folder, with: "FOLDER")
        .replacing(String(fixture.server.port), with: "PORT")
      let path = "\(Self.folder)/\(name).txt"
      let expected = (try? InputFile.bytes(at: path)).map { String(decoding: $0, as: UTF8.self) }
      #expect(text == expected ?? "")
      #expect(failure.exitCode == .dataMissing)
    }
  }

  @Test func noTextIsLeftOver() throws {
    #expect(
      try Folder.contents(at: Self.folder) == Self.provocations.keys.map { $0 + ".txt" }.sorted())
  }
}
