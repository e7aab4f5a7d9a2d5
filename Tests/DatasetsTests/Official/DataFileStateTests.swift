import Store
import TestSupport
import Testing

@testable import Datasets

@Suite struct DataFileStateTests {
  private let content = Array("hello, world".utf8)

  private var packed: [UInt8] { TestArchive.gzip(content) }

  private var file: OfficialFile {
    OfficialFile(
      "x.gz", [], size: packed.count, sha256: SHA256.digest(of: packed),
      content: .init(content.count, SHA256.digest(of: content)))
  }

  @Test func theContentCountsHoweverItIsPacked() {
    #expect(file.check(packed) == .verified)
    #expect(file.check(content) == .verified)
    var otherHeader = packed
    otherHeader[4] = 99
    #expect(file.check(otherHeader) == .verified)
    let plain = OfficialFile(plain: "x", [], content.count, SHA256.digest(of: content))
    #expect(plain.check(content) == .verified)
    #expect(plain.check(packed) == .verified)
  }

  @Test func otherContentIsOfAnotherSizeOrHasAnotherChecksum() {
    var other = content
    other[0] ^= 1
    let (published, found) = (SHA256.digest(of: content), SHA256.digest(of: other))
    for bytes in [other, TestArchive.gzip(other)] {
      #expect(file.check(bytes) == .wrongChecksum(expected: published, found: found))
    }
    #expect(file.check([1, 2]) == .wrongSize(expected: content.count, found: 2))
    #expect(file.check([]) == .wrongSize(expected: content.count, found: 0))
    let short = Array(content.dropLast())
    #expect(
      file.check(TestArchive.gzip(short))
        == .wrongSize(expected: content.count, found: content.count - 1))
    let cut = Array(packed.dropLast())
    #expect(file.check(cut) == .wrongSize(expected: packed.count, found: packed.count - 1))
    var damaged = packed
    damaged[20] ^= 1
    #expect(
      file.check(damaged)
        == .wrongChecksum(
          expected: SHA256.digest(of: packed), found: SHA256.digest(of: damaged)))
  }

  @Test func withoutAChecksumOnlyDamageIsNoticed() {
    let file = OfficialFile("x.txt", [], size: nil, sha256: nil)
    #expect(file.check(content) == .unverifiable(found: SHA256.digest(of: content)))
    #expect(file.check(packed) == .unverifiable(found: SHA256.digest(of: packed)))
    #expect(file.check(Array(packed.dropLast())).label == "damaged")
  }

  @Test func nothingLargerThanTheFileIsRead() throws {
    try withTemporaryFolder { folder in
      try Folder.create(at: folder + "/scan")
      let file = try #require(OfficialDataSet.scan.files.last)
      let bytes = [UInt8](repeating: 32, count: file.maximumSize + 1)
      try AtomicFile.write(bytes, to: "\(folder)/scan/\(file.name)")
      let checked = try DataFolder(folder).check(file, in: .scan)
      #expect(checked.state == .wrongSize(expected: 173_679, found: bytes.count))
      #expect(!checked.state.isUsable)
    }
  }
}
