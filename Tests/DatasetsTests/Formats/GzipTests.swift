import Datasets
import Store
import TestSupport
import Testing

struct GzipTests {
  /// `hello hello hello hello hello ` as `gzip -9n` packs it.
  static let packed: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xFF, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x57,
    0xC8, 0xC0, 0x41, 0x02, 0x00, 0xBE, 0xCB, 0x8A, 0xBD, 0x1E, 0x00, 0x00, 0x00,
  ]
  static let content = Array(String(repeating: "hello ", count: 5).utf8)

  @Test("a packed file gives its content")
  func content() throws {
    #expect(Gzip.isCompressed(Self.packed))
    let content = try Gzip.decompress(Self.packed, file: "x.gz", maximumSize: 30)
    #expect(content == Self.content)
  }

  @Test("a limit below the content is kept, before anything is unpacked")
  func limit() {
    let failure = failure { _ = try Gzip.decompress(Self.packed, file: "x.gz", maximumSize: 29) }
    #expect(failure?.why == "30 bytes, at most 29 are read here, or its end is missing")
  }

  @Test("a damaged file never gives another content")
  func damage() {
    for count in 0..<Self.packed.count {
      let cut = Array(Self.packed.prefix(count))
      #expect(throws: Failure.self) { try Gzip.decompress(cut, file: "x", maximumSize: 99) }
    }
    var unnoticed: Set<Int> = []
    for place in Self.packed.indices {
      for bit in 0..<8 {
        var changed = Self.packed
        changed[place] ^= 1 << UInt8(bit)
        guard let content = try? Gzip.decompress(changed, file: "x", maximumSize: 99) else {
          continue
        }
        #expect(content == Self.content, "byte \(place), bit \(bit)")
        unnoticed.insert(place)
      }
    }
    // The flag "text", time, extra flags and system say nothing; bits are left over at the end of
    // the stream.
    #expect(unnoticed == [3, 4, 5, 6, 7, 8, 9, 20])
  }
}
