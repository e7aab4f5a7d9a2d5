import Store
import TestSupport
import Testing

struct SHA256Tests {
  @Test(
    "known answers (FIPS 180-2)",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func knownAnswers(text: String, digest: String) {
    #expect(SHA256.digest(of: text) == digest)
    #expect(SHA256.digest(of: Array(text.utf8)) == digest)
  }

  @Test("pieces, copies and continuation")
  func pieces() {
    var hash = SHA256()
    hash.update("a")
    let copy = hash
    hash.update([UInt8(ascii: "b"), UInt8(ascii: "c")])
    #expect(hash.finish() == SHA256.digest(of: "abc"))
    #expect(hash.finish() == SHA256.digest(of: "abc"))
    #expect(copy.finish() == SHA256.digest(of: "a"))
    hash.update("d")
    #expect(hash.finish() == SHA256.digest(of: "abcd"))
  }

  @Test("files larger than one piece, empty and missing ones")
  func files() throws {
    try withTemporaryFolder { folder in
      let bytes = (0..<(2 << 20) + 5).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      try AtomicFile.write(bytes, to: "\(folder)/a")
      #expect(try SHA256.file(at: "\(folder)/a") == SHA256.digest(of: bytes))
      try AtomicFile.write("", to: "\(folder)/b")
      #expect(try SHA256.file(at: "\(folder)/b") == SHA256.digest(of: ""))
      let missing = failure { _ = try SHA256.file(at: "\(folder)/c") }
      #expect(missing?.exitCode == .dataMissing)
    }
  }
}
