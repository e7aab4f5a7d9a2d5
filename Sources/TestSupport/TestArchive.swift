import CZlib

/// Archives made in memory, also ones that no program would make.
public enum TestArchive {
  /// A member of a tar archive.
  public struct Member: Sendable {
    /// The path.
    public var path: String
    /// The content.
    public var content: [UInt8]
    /// The kind: `0` a file, `1` a hard link, `2` a symbolic link, `5` a folder.
    public var kind: Character = "0"
    /// Where a link leads.
    public var target = ""

    /// An ordinary file.
    public init(_ path: String, _ content: [UInt8]) {
      self.path = path
      self.content = content
    }

    /// A link or folder.
    public init(_ path: String, kind: Character, target: String = "") {
      self.path = path
      content = []
      self.kind = kind
      self.target = target
    }
  }

  /// A tar archive in the format `ustar`.
  public static func tar(_ members: [Member]) -> [UInt8] {
    members.flatMap { member -> [UInt8] in
      let size = String(member.content.count, radix: 8)
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, at place: Int) {
        header.replaceSubrange(place..<(place + text.utf8.count), with: Array(text.utf8))
      }
      put(member.path, at: 0)
      put("0000644\0" + "0000000\0" + "0000000\0", at: 100)
      put(String(repeating: "0", count: 11 - size.count) + size, at: 124)
      put("00000000000\0" + "        " + String(member.kind) + member.target, at: 136)
      put("ustar\u{0}00", at: 257)
      let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
      put(String(repeating: "0", count: 6 - sum.count) + sum + "\0 ", at: 148)
      let padding = (512 - member.content.count % 512) % 512
      return header + member.content + [UInt8](repeating: 0, count: padding)
    } + [UInt8](repeating: 0, count: 1024)
  }

  /// A gzip file with the content as it is, so that a change of a byte of it stays a gzip file.
  public static func gzip(_ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    func append(_ number: Int, count: Int) {
      bytes += (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    var place = 0
    repeat {
      let block = content[place..<min(content.count, place + 0xFFFF)]
      place += block.count
      bytes.append(place == content.count ? 1 : 0)
      append(block.count, count: 2)
      append(~block.count, count: 2)
      bytes += block
    } while place < content.count
    append(Int(crc32(0, content, UInt32(content.count))), count: 4)
    append(content.count, count: 4)
    return bytes
  }
}
