import CZlib
import Store
import Tensors

/// The format of NumPy's `np.savez` and `np.savez_compressed`: a zip archive of `.npy` files.
///
/// Members that are stored as they are, as `np.savez` does it, are mapped like a `.npy` file, which is
/// why the directory of the archive is read here: libarchive gives the bytes of a member, not their
/// place. Packed ones are unpacked by zlib.
///
/// **Reference**: PKWARE, APPNOTE.TXT (zip), without encryption and without the 64-bit extensions.
public struct NPZFile {
  /// Names of the arrays, as in Python, in the order of the archive.
  public private(set) var names: [String] = []
  private let file: MappedFile
  private var members: [String: Member] = [:]

  /// Bytes that a packed array may have when it is unpacked.
  static let maximumSize = ArrayReference.maximumSize
  private static let suffix = ".npy"
  private static let endSignature = 0x0605_4B50
  private static let entrySignature = 0x0201_4B50
  private static let localSignature = 0x0403_4B50
  private static let endBytes = 22
  private static let entryBytes = 46
  private static let localBytes = 30
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
    var place = number(end + 16, 4)
    let count = number(end + 10, 2)
    guard count <= Self.mostMembers else { throw failure("the archive has \(count) members") }
    for _ in 0..<count {
      guard place + Self.entryBytes <= end, number(place, 4) == Self.entrySignature else {
        throw failure(
          "the directory of the archive cannot be read", why: "at byte \(place)",
          help: "archives of 4 GiB and more are not read: save each array with np.save")
      }
      let nameCount = number(place + 28, 2)
      let next = place + Self.entryBytes + nameCount + number(place + 30, 2) + number(place + 32, 2)
      guard next <= end else { throw failure("the directory of the archive ends early") }
      let name = String(
        decoding: file.bytes[place + Self.entryBytes..<place + Self.entryBytes + nameCount],
        as: UTF8.self)
      if name.hasSuffix(Self.suffix) {
        let plain = String(name.dropLast(Self.suffix.count))
        let member = Member(
          method: number(place + 10, 2), checksum: number(place + 16, 4),
          packed: number(place + 20, 4), size: number(place + 24, 4), header: number(place + 42, 4))
        if members.updateValue(member, forKey: plain) == nil { names.append(plain) }
      }
      place = next
    }
    guard !names.isEmpty else {
      throw failure("the archive holds no arrays", why: "its members are no .npy files")
    }
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
    guard member.header + Self.localBytes <= file.bytes.count,
      number(member.header, 4) == Self.localSignature
    else { throw failure("the array \(Failure.quote(name)) is not where the directory says") }
    let start =
      member.header + Self.localBytes + number(member.header + 26, 2)
      + number(member.header + 28, 2)
    guard start <= file.bytes.count, member.packed <= file.bytes.count - start else {
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
    guard member.size <= Self.maximumSize, member.size / Gzip.maximumExpansion <= packed.count
    else {
      throw failure(
        "the array \(Failure.quote(name)) declares too much content",
        why: "\(member.size) bytes from \(packed.count)")
    }
    var stream = z_stream()
    // A negative number asks for deflate without a header, 15 for the largest window.
    guard
      inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw Failure(.internalError, "zlib cannot be initialised") }
    defer { inflateEnd(&stream) }
    let content = [UInt8](unsafeUninitializedCapacity: member.size) { output, count in
      // Sizes of archives without the 64-bit extensions fit the 32 bits of zlib.
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
