import Fetching
import Store
import TestSupport

@testable import Datasets

/// Small data sets that are published nowhere, and a server that has them.
struct FetchingFixture {
  static let images = (0..<90_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
  static let labels = (0..<500).map { UInt8($0 % 10) }

  /// A set of two packed files.
  static func pictures(_ addresses: [String]) -> OfficialDataSet {
    OfficialDataSet(
      name: "pictures", summary: "two files", license: "none", citation: "nobody",
      downloads: [("images.gz", images), ("labels.gz", labels)].map { name, content in
        let packed = TestArchive.gzip(content)
        return OfficialFile(
          name, addresses.map { "\($0)/\(name)" }, size: packed.count,
          sha256: SHA256.digest(of: packed),
          content: .init(content.count, SHA256.digest(of: content)))
      })
  }

  /// A set of two files in an archive; with or without checksums.
  static func batches(
    _ addresses: [String], isChecked: Bool = true, archive: [UInt8] = archive
  ) -> OfficialDataSet {
    OfficialDataSet(
      name: "batches", summary: "an archive", license: "none", citation: "nobody",
      downloads: [
        OfficialFile(
          "batches.tar.gz", addresses.map { "\($0)/batches.tar.gz" },
          size: isChecked ? archive.count : nil,
          sha256: isChecked ? SHA256.digest(of: archive) : nil)
      ],
      files: [("a/one.bin", images), ("two.bin", labels)].map { name, content in
        isChecked
          ? OfficialFile(plain: name, [], content.count, SHA256.digest(of: content))
          : OfficialFile(name, [], size: nil, sha256: nil)
      },
      folderInArchive: "batches-bin")
  }

  static let members: [TestArchive.Member] = [
    .init("batches-bin", kind: "5"), .init("batches-bin/readme.html", [1, 2, 3]),
    .init("batches-bin/a/one.bin", images), .init("./batches-bin/two.bin", labels),
  ]
  static let archive = TestArchive.gzip(TestArchive.tar(members))

  let folder: String
  let server = TestServer()

  init(_ folder: String) {
    self.folder = folder
    server["/images.gz"] = .init(TestArchive.gzip(Self.images))
    server["/labels.gz"] = .init(TestArchive.gzip(Self.labels))
    server["/batches.tar.gz"] = .init(Self.archive)
  }

  static func with(_ body: (FetchingFixture) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let fixture = FetchingFixture(folder)
      try fixture.server.serving { try body(fixture) }
    }
  }

  var data: DataFolder { DataFolder(folder + "/data") }
  var pictures: OfficialDataSet { Self.pictures([server.address]) }
  var batches: OfficialDataSet { Self.batches([server.address]) }
  var unchecked: OfficialDataSet { Self.batches([server.address], isChecked: false) }

  @discardableResult
  func fetch(
    _ set: OfficialDataSet, from source: DataFetcher.Source = .official,
    allowsUnverified: Bool = false, operations: any FileOperations = QuickFileOperations(),
    report: @escaping (FetchEvent) throws -> Void = { _ in }
  ) throws -> [FetchedFile.Origin] {
    try DataFetcher(
      into: data, from: source, allowsUnverified: allowsUnverified, operations: operations,
      report: report
    ).fetch(set).map(\.origin)
  }

  func failure(
    _ set: OfficialDataSet, from source: DataFetcher.Source = .official,
    operations: any FileOperations = QuickFileOperations()
  ) -> Failure? {
    do {
      try fetch(set, from: source, operations: operations)
      return nil
    } catch {
      return error as? Failure
    }
  }

  /// The states of the files of a set in the data folder.
  func states(_ set: OfficialDataSet) throws -> [String] {
    try data.check(set).map(\.state.label)
  }

  /// The files in the data folder of a set.
  func files(_ set: OfficialDataSet) throws -> [String] {
    try Folder.contents(at: "\(data.path)/\(set.name)")
  }

  /// Puts a file into a folder of copies.
  func put(_ bytes: [UInt8], _ name: String, in folder: String = "copies") throws {
    let path = "\(self.folder)/\(folder)/\(name)"
    try Folder.create(at: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
    try AtomicFile.write(bytes, to: path, operations: QuickFileOperations())
  }

  var copies: DataFetcher.Source { .folder(folder + "/copies") }
}
