import Datasets
import Store
import TestSupport
import Testing

@testable import Fetching

@Suite struct LocalCopiesTests {
  @Test func copiesAreFoundUnderAllTheirNames() throws {
    let (images, labels) = (FetchingFixture.images, FetchingFixture.labels)
    for names in [
      ("images.gz", "labels.gz"), ("images", "labels"), ("pictures/images.gz", "pictures/labels"),
    ] {
      try FetchingFixture.with { fixture throws in
        func bytes(_ content: [UInt8], _ name: String) -> [UInt8] {
          name.hasSuffix(".gz") ? TestArchive.gzip(content) : content
        }
        try fixture.put(bytes(images, names.0), names.0)
        try fixture.put(bytes(labels, names.1), names.1)
        #expect(try fixture.fetch(fixture.pictures, from: fixture.copies) == [.copied, .copied])
        #expect(try fixture.states(fixture.pictures) == ["ok", "ok"])
        #expect(
          try fixture.files(fixture.pictures)
            == [names.0, names.1].map { $0.replacing("pictures/", with: "") })
        #expect(fixture.server.requests == [])
      }
    }
  }

  @Test(arguments: ["batches.tar.gz", "batches.tar", "batches/batches.tar.gz"])
  func anArchiveLyingThereIsUnpacked(name: String) throws {
    try FetchingFixture.with { fixture throws in
      let tar = TestArchive.tar(FetchingFixture.members)
      try fixture.put(name.hasSuffix(".gz") ? TestArchive.gzip(tar) : tar, name)
      for set in [fixture.batches, fixture.unchecked] {
        #expect(try fixture.fetch(set, from: fixture.copies) != [])
      }
      #expect(try fixture.states(fixture.batches) == ["ok", "ok"])
      // The user's archive stays.
      #expect(Folder.exists("\(fixture.folder)/copies/\(name)"))
    }
  }

  @Test func filesOfAnUnpackedArchiveAreFound() throws {
    try FetchingFixture.with { fixture throws in
      try fixture.put(FetchingFixture.images, "batches-bin/a/one.bin")
      try fixture.put(TestArchive.gzip(FetchingFixture.labels), "two.bin.gz")
      #expect(try fixture.fetch(fixture.batches, from: fixture.copies) == [.copied, .copied])
      #expect(try fixture.files(fixture.batches) == ["a", "two.bin.gz"])
      #expect(try fixture.states(fixture.batches) == ["ok", "ok"])
    }
  }

  @Test func anotherFileIsRefusedUnlessItIsAllowed() throws {
    try FetchingFixture.with { fixture throws in
      var other = FetchingFixture.labels
      other[7] ^= 1
      try fixture.put(other, "labels")
      try fixture.put(FetchingFixture.images, "images")
      let failure = try #require(fixture.failure(fixture.pictures, from: fixture.copies))
      #expect(failure.exitCode == .dataMissing)
      #expect(failure.help?.contains("--allow-unverified") == true)
      // What is good is taken all the same.
      #expect(try fixture.states(fixture.pictures) == ["ok", "missing"])
      let fetched = try fixture.fetch(
        fixture.pictures, from: fixture.copies, allowsUnverified: true)
      #expect(fetched == [.kept, .copied])
      #expect(try fixture.states(fixture.pictures) == ["ok", "wrong checksum"])
      // Kept while it is allowed, else replaced.
      #expect(try fixture.fetch(fixture.pictures, allowsUnverified: true) == [.kept, .kept])
      #expect(try fixture.fetch(fixture.pictures) == [.kept, .downloaded])
      #expect(try fixture.states(fixture.pictures) == ["ok", "ok"])
    }
  }

  @Test func aGoodCopyIsPreferredToOneThatIsOnlyAllowed() throws {
    try FetchingFixture.with { fixture throws in
      try fixture.put([1, 2, 3], "labels.gz")
      try fixture.put(FetchingFixture.labels, "labels")
      try fixture.put(FetchingFixture.images, "images")
      try fixture.fetch(fixture.pictures, from: fixture.copies, allowsUnverified: true)
      #expect(try fixture.states(fixture.pictures) == ["ok", "ok"])
    }
  }

  @Test func aBadFileDoesNotHideTheGoodOne() throws {
    try FetchingFixture.with { fixture throws in
      try fixture.put([1, 2, 3], "labels.gz", in: "data/pictures")
      try fixture.put(FetchingFixture.labels, "labels")
      try fixture.put(FetchingFixture.images, "images")
      try fixture.fetch(fixture.pictures, from: fixture.copies)
      #expect(try fixture.states(fixture.pictures) == ["ok", "ok"])
      #expect(try fixture.files(fixture.pictures) == ["images", "labels"])
    }
  }

  @Test func hugeAndStrangeThingsAreNoCopies() throws {
    try FetchingFixture.with { fixture throws in
      try fixture.put([UInt8](repeating: 0, count: 200_000), "images")
      try Folder.create(at: fixture.folder + "/copies/labels")
      let failure = try #require(fixture.failure(fixture.pictures, from: fixture.copies))
      #expect(failure.exitCode == .dataMissing, "\(failure)")
    }
  }

  @Test(arguments: [
    (OfficialDataSet.mnist, "MNIST/raw"), (.mnist, "raw"), (.fashionMNIST, "FashionMNIST/raw"),
    (.fashionMNIST, "data/fashion"), (.cifar10, "cifar-10-batches-bin"),
    (.mathematics, "mathematics_dataset-v1.0"),
  ])
  func layoutsOfOtherProgramsAreFound(set: OfficialDataSet, layout: String) throws {
    try FetchingFixture.with { fixture throws in
      for file in set.files { try fixture.put([1, 2, 3], "\(layout)/\(file.name)") }
      // Their content is refused, hence they were found.
      if set != .mathematics {
        let failure = fixture.failure(set, from: fixture.copies)
        #expect(failure?.why?.contains("published are") == true, "\(failure?.why ?? "")")
      }
      let origins = try fixture.fetch(set, from: fixture.copies, allowsUnverified: true)
      #expect(origins.allSatisfy { $0 == .copied })
      #expect(origins.count == set.files.count)
    }
  }

  @Test(arguments: ["", "SCAN/", "SCAN-master/", "scan/"])
  func aCloneOfARepositoryIsFound(clone: String) throws {
    try FetchingFixture.with { fixture throws in
      for file in OfficialDataSet.scan.files {
        let address = try #require(file.addresses.first)
        let path = address.split(separator: "/").suffix(2).joined(separator: "/")
        try fixture.put([1, 2, 3], clone + path)
      }
      let failure = try #require(fixture.failure(.scan, from: fixture.copies))
      #expect(failure.why?.contains("there is no such file") == false)
      #expect(
        try fixture.fetch(.scan, from: fixture.copies, allowsUnverified: true)
          == Array(repeating: .copied, count: 8))
    }
  }

  @Test func anotherVersionIsNamed() throws {
    try FetchingFixture.with { fixture throws in
      for name in ["data_batch_1", "test_batch"] { try fixture.put([1], name) }
      let failure = try #require(fixture.failure(.cifar10, from: fixture.copies))
      #expect(failure.exitCode == .dataMissing)
      #expect(
        failure.why?.hasPrefix(
          "'\(fixture.folder)/copies/data_batch_1' is of the Python version of CIFAR-10; the binary "
            + "version, cifar-10-binary.tar.gz, is needed\n") == true)
    }
  }
}
