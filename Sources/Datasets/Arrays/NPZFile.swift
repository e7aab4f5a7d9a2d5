import CZlib
import Store
import Tensors

/// The format of NumPy's `np.savez` and `np.savez_compressed`: a zip archive of `.npy` files.
///
/// Members that are stored as they are, as `np.savez` does it, are mapped like a `.npy` file, which is
/// why the directory of the archive is read here: libarchive gives the bytes of a member, not their
/// place. Packed ones are unpacked by zlib.
///
/// **Reference**: PKWARE, APPNOTE.TXT (zip) with the 64-bit extensions (4.3.14, 4.3.15, 4.5.3), without
/// encryption.
public struct NPZFile {
  /// Names of the arrays, as in Python, in the order of the archive.
  public private(set) var names: [String] = []
  private let file: MappedFile
  private var members: [String: Member] = [:]

  /// Bytes that a packed array may have when it is unpacked, and before: zlib counts with 32 bits.
  static let maximumSize = ArrayReference.maximumSize - 1
  private static let suffix = ".npy"
  private static let endSignature = 0x0605_4B50
  private static let entrySignature = 0x0201_4B50
  private static let localSignature = 0x0403_4B50
  private static let locatorSignature = 0x0706_4B50
  private static let wideEndSignature = 0x0606_4B50
  private static let endBytes = 22
  private static let entryBytes = 46
  private static let localBytes = 30
  private static let locatorBytes = 20
  private static let wideEndBytes = 56
  /// What stands in place of numbers that do not fit, and the extra field that has them.
  private static let wideNumber = 0xFFFF_FFFF
  private static let wideField = 1
  private static let mostMembers = 10_000

  private struct Member {
    var method: Int
    var checksum: Int
    var packed: Int
    var size: Int
    var header: Int
  }

  /// Reads the directory of an archive.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``.
  public init(_ path: String) throws {
    file = try MappedFile(path)
    guard let end = endOfDirectory() else {
      if let mistaken = MistakenContent(file.bytes.prefix(256)), mistaken != .packed(by: "zip") {
        throw failure("the file is \(mistaken.description)", help: mistaken.help)
      }
      throw failure(
        file.bytes.isEmpty ? "file is empty" : "the archive has no directory",
        why: "it was cut off, or is no archive of np.savez")
    }
    let (start, count) = try directory(end)
    var place = start
    guard count <= Self.mostMembers else { throw failure("the archive has \(count) members") }
    for _ in 0..<count {
      guard place >= 0, place <= end - Self.entryBytes, number(place, 4) == Self.entrySignature
      else {
        throw failure("the directory of the archive cannot be read", why: "at byte \(place)")
      }
      let nameCount = number(place + 28, 2)
      let extra = place + Self.entryBytes + nameCount
      let next = extra + number(place + 30, 2) + number(place + 32, 2)
      guard next <= end else { throw failure("the directory of the archive ends early") }
      let name = String(decoding: file.bytes[place + Self.entryBytes..<extra], as: UTF8.self)
      if name.hasSuffix(Self.suffix) {
        let plain = String(name.dropLast(Self.suffix.count))
        let member = try member(place, extra: extra..<extra + number(place + 30, 2))
        if members.updateValue(member, forKey: plain) == nil { names.append(plain) }
      }
      place = next
    }
    guard !names.isEmpty else {
      throw failure("the archive holds no arrays", why: "its members are no .npy files")
    }
  }

  /// Where the directory begins, and how many members it has.
  private func directory(_ end: Int) throws -> (place: Int, count: Int) {
    let (place, count) = (number(end + 16, 4), number(end + 10, 2))
    let locator = end - Self.locatorBytes
    guard place == Self.wideNumber || count == 0xFFFF, locator >= 0,
      number(locator, 4) == Self.locatorSignature
    else { return (place, count) }
    let wide = number(locator + 8, 8)
    guard wide >= 0, wide <= locator - Self.wideEndBytes,
      number(wide, 4) == Self.wideEndSignature
    else { throw failure("the directory of the archive is not where its end says") }
    return (number(wide + 48, 8), max(0, number(wide + 32, 8)))
  }

  /// A member from its entry in the directory.
  private func member(_ place: Int, extra: Range<Int>) throws -> Member {
    var member = Member(
      method: number(place + 10, 2), checksum: number(place + 16, 4), packed: number(place + 20, 4),
      size: number(place + 24, 4), header: number(place + 42, 4))
    let wide: [WritableKeyPath<Member, Int>] = [\.size, \.packed, \.header].filter {
      member[keyPath: $0] == Self.wideNumber
    }
    guard !wide.isEmpty else { return member }
    var field = extra.lowerBound
    while field + 4 <= extra.upperBound {
      let (kind, count) = (number(field, 2), number(field + 2, 2))
      field += 4
      if kind == Self.wideField, count >= 8 * wide.count, field + count <= extra.upperBound {
        for (index, path) in wide.enumerated() {
          member[keyPath: path] = number(field + 8 * index, 8)
        }
        return member
      }
      field += count
    }
    throw failure("the directory of the archive has no 64-bit sizes", why: "at byte \(place)")
  }

  /// An array.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``.
  public func array(_ name: String) throws -> NumberArray {
    let label = "\(file.path)#\(name)"
    guard let member = members[name] else {
      throw Failure(
        .dataMissing, "\(Failure.quote(path: file.path)) has no array \(Failure.quote(name))",
        why: "it has \(CSVColumns.list(names))", help: Suggestion.help(for: name, among: names))
    }
    guard member.header >= 0, member.header <= file.bytes.count - Self.localBytes,
      number(member.header, 4) == Self.localSignature
    else { throw failure("the array \(Failure.quote(name)) is not where the directory says") }
    let start =
      member.header + Self.localBytes + number(member.header + 26, 2)
      + number(member.header + 28, 2)
    guard start <= file.bytes.count, member.packed >= 0,
      member.packed <= file.bytes.count - start
    else {
      throw failure("the array \(Failure.quote(name)) ends early")
    }
    let packed = UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + member.packed])
    switch member.method {
    case 0:
      let (type, shape, offset) = try NPYFile.header(of: packed, file: label)
      return NumberArray(
        source: label, type: type, shape: shape, bytes: .mapped(file), offset: start + offset)
    case 8:
      let content = try unpack(packed, member, name)
      let (type, shape, offset) = try content.withUnsafeBytes {
        try NPYFile.header(of: $0, file: label)
      }
      return NumberArray(
        source: label, type: type, shape: shape, bytes: .read(content), offset: offset)
    default:
      throw failure(
        "the array \(Failure.quote(name)) is packed by method \(member.method)",
        why: "stored and deflated members are read", help: "write the archive with np.savez")
    }
  }

  /// The content of a deflated member.
  private func unpack(
    _ packed: UnsafeRawBufferPointer, _ member: Member, _ name: String
  ) throws -> [UInt8] {
    guard member.size >= 0, member.size / Gzip.maximumExpansion <= packed.count else {
      throw failure(
        "the array \(Failure.quote(name)) declares too much content",
        why: "\(member.size) bytes from \(packed.count)")
    }
    guard max(member.size, packed.count) <= Self.maximumSize else {
      throw failure(
        "the array \(Failure.quote(name)) is packed and too large to be unpacked",
        why: "\(member.size) bytes, up to \(Self.maximumSize) are unpacked",
        help: "write it with np.savez, or np.save: such arrays are mapped")
    }
    var stream = z_stream()
    // A negative number asks for deflate without a header, 15 for the largest window.
    guard
      inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw Failure(.internalError, "zlib cannot be initialised") }
    defer { inflateEnd(&stream) }
    let content = [UInt8](unsafeUninitializedCapacity: member.size) { output, count in
      stream.next_in = packed.baseAddress.map {
        UnsafeMutablePointer(mutating: $0.assumingMemoryBound(to: UInt8.self))
      }
      stream.avail_in = UInt32(packed.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(member.size)
      let status = CZlib.inflate(&stream, Z_FINISH)
      count = status == Z_STREAM_END ? member.size - Int(stream.avail_out) : 0
    }
    let checksum = content.withUnsafeBufferPointer {
      crc32(0, $0.baseAddress, UInt32($0.count))
    }
    guard content.count == member.size, Int(checksum) == member.checksum else {
      throw failure("the array \(Failure.quote(name)) is damaged", why: "its checksum is another")
    }
    return content
  }

  // MARK: - Bytes

  /// Where the record at the end of the archive begins; a comment may follow it.
  private func endOfDirectory() -> Int? {
    let last = file.bytes.count - Self.endBytes
    guard last >= 0 else { return nil }
    let first = max(0, last - 0xFFFF)
    return stride(from: last, through: first, by: -1).first { number($0, 4) == Self.endSignature }
  }

  /// A little-endian number of some bytes that are there.
  private func number(_ place: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(file.bytes[place + $1]) << (8 * $1) }
  }

  private func failure(_ what: String, why: String? = nil, help: String? = nil) -> Failure {
    Failure(
      .dataMissing, "\(Failure.quote(path: file.path)): \(what)", why: why,
      help: help ?? "write it again with np.savez")
  }
}
