import Store

/// Bytes with axes, in the format of MNIST and Fashion-MNIST.
///
/// A file is two zero bytes, the element type (8 for unsigned bytes, the only one read), the number
/// of axes, the extent of each axis as four bytes with the most significant first, and the elements
/// in row-major order.
///
/// Reference: LeCun, Cortes, Burges: The MNIST database of handwritten digits.
public struct IDXFile: Sendable, Hashable {
  /// Extents, outermost first.
  public let extents: [Int]
  /// The elements in row-major order.
  public let elements: [UInt8]

  /// Content of the largest file that is read: more than twice the training images of MNIST.
  public static let maximumSize = 100 << 20
  /// The largest number of axes that is read.
  static let maximumRank = 4
  private static let unsignedByte: UInt8 = 8

  /// Reads a file, compressed by gzip or not.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - maximumSize: Bytes that the decompressed content may have.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` when it is missing or not such a file.
  public static func read(_ path: String, maximumSize: Int = maximumSize) throws -> IDXFile {
    try parse(
      DataFile.read(path, maximumSize: maximumSize), file: path, maximumSize: maximumSize)
  }

  /// Reads the bytes of a file, compressed by gzip or not.
  ///
  /// **Edge cases**: rejected are element types other than unsigned bytes, no axes or more than
  /// four, axes without elements, and a file shorter or longer than its shape says.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - file: Name for messages.
  ///   - maximumSize: Bytes that the decompressed content may have.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` and the offset of the byte that is wrong.
  public static func parse(
    _ bytes: [UInt8], file: String, maximumSize: Int = maximumSize
  ) throws -> IDXFile {
    let content = try DataFile.content(of: bytes, file: file, maximumSize: maximumSize)
    guard content.count >= 4 else {
      throw Failure.data(
        file, byte: content.count,
        content.isEmpty ? "file is empty" : "file ends within the header",
        why: "\(content.count) bytes; an IDX file begins with four")
    }
    guard content[0] == 0, content[1] == 0 else {
      throw Failure.data(
        file, byte: 0, "not an IDX file", why: "its first two bytes are not zero")
    }
    guard content[2] == unsignedByte else {
      throw Failure.data(
        file, byte: 2, "element type \(content[2])",
        why: "only unsigned bytes, type \(unsignedByte), are read")
    }
    let rank = Int(content[3])
    guard (1...maximumRank).contains(rank) else {
      throw Failure.data(
        file, byte: 3, "\(rank) axes", why: "1 to \(maximumRank) are read")
    }
    let extents = try extents(content, rank: rank, file: file)
    return IDXFile(extents: extents, elements: Array(content[(4 + 4 * rank)...]))
  }

  /// Reads the extents and checks that the elements are there.
  private static func extents(_ content: [UInt8], rank: Int, file: String) throws -> [Int] {
    let dataStart = 4 + 4 * rank
    guard content.count >= dataStart else {
      throw Failure.data(
        file, byte: content.count, "file ends within the header",
        why: "the header of \(rank) axes has \(dataStart) bytes")
    }
    var extents: [Int] = []
    var count = 1
    for axis in 0..<rank {
      let place = 4 + 4 * axis
      let extent = content[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      guard extent > 0 else {
        throw Failure.data(
          file, byte: place, "axis \(axis) has no elements", why: "every axis has 1 or more")
      }
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: extent)
      guard !isTooLarge else {
        throw Failure.data(
          file, byte: place, "too many elements", why: "their number does not fit 64 bits")
      }
      count = product
      extents.append(extent)
    }
    guard content.count - dataStart == count else {
      let shape = extents.map(String.init).joined(separator: ", ")
      throw Failure.data(
        file, byte: min(content.count, dataStart + count), "wrong number of elements",
        why: "shape (\(shape)) requires \(count) bytes, found \(content.count - dataStart)")
    }
    return extents
  }
}
