import CPNG
import Store

/// An image of eight bits per channel in the PNG format, decoded by libpng.
///
/// Grey images have one channel, all others three: red, green, blue. Palettes are looked up, and grey values of
/// one to four bits scaled to 0…255, as `PIL.Image.convert` does it. Gamma and colour profiles do not count.
///
/// **Reference**: Portable Network Graphics, W3C, third edition.
public struct PNGImage: Sendable, Hashable {
  /// Channels, rows and columns.
  public let extents: ImageSet.Extents
  /// C×H×W.
  public let pixels: [UInt8]

  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// Bytes of the largest file, and of the largest image, that is read.
  public static let maximumSize = 256 << 20

  /// Reads a file.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` when it is missing or no such image.
  public static func read(_ path: String) throws -> PNGImage {
    try parse(bytes(path), file: path)
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    try InputFile.bytes(
      at: path, maximumSize: maximumSize, missing: .dataMissing, tooLarge: .dataMissing)
  }

  /// What the header of a file says.
  ///
  /// - Throws: as ``read(_:)``.
  public static func extents(_ path: String) throws -> ImageSet.Extents {
    try withReader(bytes(path), file: path, maximumSize: maximumSize) { _, header in
      Self.extents(header)
    }
  }

  private static func extents(_ header: png_reader_header) -> ImageSet.Extents {
    ImageSet.Extents(
      channels: header.channels < 3 ? 1 : 3, height: Int(header.height), width: Int(header.width))
  }

  /// Reads the bytes of a file.
  ///
  /// **Edge cases**: rejected are images of 16 bits per channel, of more than 16,384 rows or columns, with pixels
  /// that are not opaque, and damaged ones; bytes behind the end of the image do not count.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - file: name for messages.
  ///   - maximumSize: bytes that the pixels may have.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``.
  public static func parse(
    _ bytes: [UInt8], file: String, maximumSize: Int = maximumSize
  ) throws -> PNGImage {
    try withReader(bytes, file: file, maximumSize: maximumSize) { reader, header in
      let (extents, found) = (extents(header), Int(header.channels))
      let plane = extents.height * extents.width
      var problem: UnsafePointer<CChar>?
      let rows = [UInt8](unsafeUninitializedCapacity: plane * found) { buffer, count in
        problem = png_reader_finish(reader, buffer.baseAddress)
        count = problem == nil ? plane * found : 0
      }
      if let problem { throw damage(file, problem) }
      // The last channel of two and of four says how opaque a pixel is.
      if found % 2 == 0,
        let pixel = (0..<plane).first(where: { rows[$0 * found + found - 1] != 255 })
      {
        throw failure(
          file, "the image has pixels that are not opaque",
          why: "the first one is in row \(pixel / extents.width), column \(pixel % extents.width)",
          help: "put it on a background, in Python: PIL.Image.open(path).convert('RGB').save(path)")
      }
      let pixels = [UInt8](unsafeUninitializedCapacity: extents.count) { buffer, count in
        for channel in 0..<extents.channels {
          for pixel in 0..<plane { buffer[channel * plane + pixel] = rows[pixel * found + channel] }
        }
        count = extents.count
      }
      return PNGImage(extents: extents, pixels: pixels)
    }
  }

  /// Calls `body` with a reader that stands before the pixels.
  private static func withReader<Result>(
    _ bytes: [UInt8], file: String, maximumSize: Int,
    _ body: (OpaquePointer, png_reader_header) throws -> Result
  ) throws -> Result {
    guard bytes.starts(with: signature) else { throw stranger(bytes, file) }
    if let problem = png_reader_load() {
      throw Failure(
        .inputOutput, "libpng cannot be loaded", why: String(cString: problem),
        help: "install it: apt-get install libpng16-16")
    }
    return try bytes.withUnsafeBufferPointer { buffer in
      guard let reader = png_reader_open(buffer.baseAddress, buffer.count) else {
        throw Failure(.internalError, "libpng cannot be initialised", why: "out of memory")
      }
      defer { png_reader_close(reader) }
      var header = png_reader_header()
      if let problem = png_reader_begin(reader, &header) { throw damage(file, problem) }
      guard header.bits <= 8 else {
        throw failure(
          file, "the image has \(header.bits) bits per channel", why: "up to 8 are read",
          help: "make an array of such images: np.save('images.npy', np.stack(images))")
      }
      let size = Int(header.width) * Int(header.height) * Int(header.channels)
      guard size <= maximumSize, size / (8 * Gzip.maximumExpansion) <= bytes.count else {
        throw failure(
          file, "the image declares too many pixels",
          why: "\(header.width)×\(header.height) in a file of \(bytes.count) bytes",
          help: "images of up to \(maximumSize) bytes are read")
      }
      return try body(reader, header)
    }
  }

  private static func stranger(_ bytes: [UInt8], _ file: String) -> Failure {
    if let mistaken = MistakenContent(bytes.prefix(256)) {
      return failure(file, "the file is \(mistaken.description)", help: mistaken.help)
    }
    let isJPEG = bytes.starts(with: [0xFF, 0xD8, 0xFF])
    return failure(
      file,
      bytes.isEmpty ? "file is empty" : isJPEG ? "the file is a JPEG image" : "not a PNG image",
      why: isJPEG ? "PNG images are read" : "it does not begin with \\x89PNG",
      help: "convert it, in Python: PIL.Image.open(path).save('image.png')")
  }

  private static func damage(_ file: String, _ problem: UnsafePointer<CChar>) -> Failure {
    failure(
      file, "the image is damaged",
      why: "libpng says: \(Failure.printable(String(cString: problem), limit: 200))")
  }

  private static func failure(
    _ file: String, _ what: String, why: String? = nil, help: String? = nil
  ) -> Failure {
    Failure(
      .dataMissing, "\(Failure.printable(file, limit: 4096)): \(what)", why: why,
      help: help ?? "copy or write the file again")
  }
}
