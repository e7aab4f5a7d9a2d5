import CZlib
import Store

/// Decompression of gzip files by zlib, bounded and strict.
public enum Gzip {
  /// No deflate stream expands a byte of its own to more than this many bytes.
  static let maximumExpansion = 1032
  /// The fixed part of the header, and the checksum and size at the end.
  private static let headerBytes = 10
  private static let trailerBytes = 8

  /// Whether the bytes begin as a gzip file does.
  public static func isCompressed(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
  }

  /// Decompresses a gzip file of one member.
  ///
  /// The size that the file declares is checked against `maximumSize`, and against what so few
  /// bytes can hold at all, before memory is requested; exactly that much is requested.
  ///
  /// **Edge cases**: rejected are a file that ends early, a wrong checksum or size, and bytes after
  /// the end, also those of a second member.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - file: Name for messages.
  ///   - maximumSize: Bytes that the content may have.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``.
  public static func decompress(
    _ bytes: [UInt8], file: String, maximumSize: Int
  ) throws -> [UInt8] {
    guard isCompressed(bytes) else {
      throw Failure.data(
        file, byte: 0, "not a gzip file", why: "it does not begin with 1f 8b")
    }
    guard bytes.count >= headerBytes + trailerBytes else {
      throw Failure.data(
        file, byte: bytes.count, "gzip file ends early",
        why: "\(bytes.count) bytes; header and checksum alone have \(headerBytes + trailerBytes)")
    }
    let sizePlace = bytes.count - 4
    let declared = bytes[sizePlace...].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard declared <= maximumSize, declared / maximumExpansion <= bytes.count else {
      throw Failure.data(
        file, byte: sizePlace, "gzip file declares too much content",
        why: declared > maximumSize
          ? "\(declared) bytes, at most \(maximumSize) are read here, or its end is missing"
          : "\(declared) bytes, which \(bytes.count) cannot hold, or its end is missing")
    }
    return try inflate(bytes, file: file, size: declared)
  }

  private static func inflate(_ bytes: [UInt8], file: String, size: Int) throws -> [UInt8] {
    var stream = z_stream()
    // 16 asks for the gzip format and its checksum, 15 for the largest window.
    let start = inflateInit2_(&stream, 16 + 15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard start == Z_OK else {
      throw Failure(.internalError, "zlib cannot be initialised", why: "status \(start)")
    }
    defer { inflateEnd(&stream) }
    // One byte more than declared, so that a larger content is noticed.
    let room = size + 1
    return try [UInt8](unsafeUninitializedCapacity: room) { output, count in
      try bytes.withUnsafeBufferPointer { input in
        var status = Z_OK
        // zlib counts with 32 bits: feed and drain it in pieces.
        let piece = 1 << 30
        var read = 0
        while status == Z_OK {
          let nextInput = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + read) }
          let inputCount = min(piece, input.count - read)
          let outputCount = min(piece, room - count)
          guard outputCount > 0 else { break }
          stream.next_in = nextInput
          stream.avail_in = UInt32(inputCount)
          stream.next_out = output.baseAddress.map { $0 + count }
          stream.avail_out = UInt32(outputCount)
          status = CZlib.inflate(&stream, Z_NO_FLUSH)
          let (consumed, produced) = (
            inputCount - Int(stream.avail_in), outputCount - Int(stream.avail_out)
          )
          read += consumed
          count += produced
          if status == Z_OK, consumed == 0, produced == 0 { status = Z_BUF_ERROR }
        }
        guard count <= size else {
          throw Failure.data(
            file, byte: read, "gzip file holds more than it declares", why: "\(size) bytes")
        }
        try check(status, stream, read: read, of: input.count, file: file)
      }
    }
  }

  private static func check(
    _ status: Int32, _ stream: z_stream, read: Int, of count: Int, file: String
  ) throws {
    switch status {
    case Z_STREAM_END:
      guard read == count else {
        throw Failure.data(
          file, byte: read, "bytes after the end of the gzip file",
          why: "\(count - read) bytes; only one gzip member is read")
      }
    case Z_BUF_ERROR:
      throw Failure.data(
        file, byte: read, "gzip file ends early", why: "the content is not complete")
    default:
      let reason = stream.msg.map { String(cString: $0) } ?? "status \(status)"
      throw Failure.data(
        file, byte: read, "gzip file is damaged", why: "zlib says: \(reason)")
    }
  }
}
