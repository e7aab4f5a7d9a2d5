import Store
import Tensors

/// The format of NumPy's `np.save`.
///
/// A file is `\x93NUMPY`, the version (two bytes), the length of the header (two bytes in version 1,
/// four from version 2 on), the header, which is a Python dictionary with `descr`, `fortran_order` and
/// `shape`, and the elements in row-major order.
///
/// **Reference**: NumPy, `numpy.lib.format`, versions 1.0 to 3.0.
public enum NPYFile {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  private static let maximumHeader = 1 << 16

  /// Maps the array of a file.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``.
  public static func map(_ path: String) throws -> NumberArray {
    let file = try MappedFile(path)
    let (type, shape, offset) = try header(of: file.bytes, file: path)
    return NumberArray(
      source: path, type: type, shape: shape, bytes: .mapped(file), offset: offset)
  }

  /// Finds out where the elements are.
  ///
  /// **Edge cases**: rejected are big-endian elements, arrays in Fortran's order, Python objects,
  /// texts, complex numbers and structures, arrays without axes, and files shorter or longer than the
  /// shape says.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - file: name for messages.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``.
  public static func header(
    of bytes: UnsafeRawBufferPointer, file: String
  ) throws -> (type: NumberType, shape: Shape, offset: Int) {
    func failure(_ byte: Int, _ what: String, why: String? = nil, help: String? = nil) -> Failure {
      Failure.data(
        file, byte: byte, what, why: why,
        help: help ?? "write the file again with np.save(path, array)")
    }
    if let mistaken = MistakenContent(bytes.prefix(256)) {
      throw failure(0, "the file is \(mistaken.description)", help: mistaken.help)
    }
    guard bytes.starts(with: magic) else {
      throw failure(
        0, bytes.isEmpty ? "file is empty" : "not a NumPy array",
        why: "it does not begin with \\x93NUMPY")
    }
    guard bytes.count >= 10 else { throw failure(bytes.count, "file ends within the header") }
    let major = bytes[6]
    guard (1...3).contains(major) else {
      throw failure(6, "version \(major) of the format", why: "versions 1 to 3 are read")
    }
    let lengthBytes = major == 1 ? 2 : 4
    let start = 8 + lengthBytes
    guard bytes.count >= start else { throw failure(bytes.count, "file ends within the header") }
    let length = (0..<lengthBytes).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
    guard length <= maximumHeader, start + length <= bytes.count else {
      throw failure(
        8, "the header has \(length) bytes",
        why: "the file has \(bytes.count); at most \(maximumHeader) are read")
    }
    let text = bytes[start..<start + length]
    guard text.allSatisfy({ $0 == 0x0A || (0x20...0x7E).contains($0) }) else {
      throw failure(start, "the header is not a printable text")
    }
    var parser = NPYHeaderParser(Array(text))
    guard let header = parser.header() else {
      throw failure(
        start, "the header cannot be read",
        why: "expected is {'descr': …, 'fortran_order': …, 'shape': …}, found "
          + Failure.quote(String(decoding: text, as: UTF8.self)))
    }
    let type = try type(header.descr) { failure(start, $0, why: $1, help: $2) }
    guard !header.isFortran || header.shape.count < 2 else {
      throw failure(
        start, "the array is in Fortran's order (columns first)", why: "rows are read",
        help: "save np.ascontiguousarray(array)")
    }
    guard (1...Shape.maximumRank).contains(header.shape.count) else {
      throw failure(
        start, "an array of \(header.shape.count) axes",
        why: "1 to \(Shape.maximumRank) are read, the first one for the examples")
    }
    var room = type.byteCount
    for extent in header.shape {
      // Without examples, too, the size of one must be a number.
      let (product, isTooLarge) = room.multipliedReportingOverflow(by: max(1, extent))
      guard !isTooLarge else { throw failure(start, "too many elements") }
      room = product
    }
    let size = header.shape.contains(0) ? 0 : room
    let found = bytes.count - start - length
    guard found == size else {
      throw failure(
        min(bytes.count, start + length + size), "wrong number of elements",
        why:
          "shape \(Shape(header.shape)) of \(header.descr) requires \(size) bytes, found \(found)",
        help: found < size
          ? "the file was cut off: copy or write it again"
          : "bytes follow the array; save one array per file")
    }
    return (type, Shape(header.shape), start + length)
  }

  private static func type(
    _ descr: String, _ failure: (String, String?, String?) -> Failure
  ) throws -> NumberType {
    let order = descr.first.map(String.init) ?? ""
    let name = "<>|=".contains(order) && !order.isEmpty ? String(descr.dropFirst()) : descr
    if name == "O" || name.hasPrefix("O") {
      throw failure(
        "the array holds Python objects", "they are pickled, and pickles are never read",
        "make a plain array of numbers, such as np.stack(list) or array.astype(np.float32)")
    }
    if name.hasPrefix("U") || name.hasPrefix("S") {
      throw failure(
        "the array holds texts (\(Failure.printable(descr)))", "numbers are read",
        "save numbers: np.unique(texts, return_inverse=True)[1]")
    }
    guard let type = NumberType(rawValue: name), type != .bfloat16 else {
      throw failure(
        "elements of the type \(Failure.quote(descr))",
        "read are b1, u1, u2, u4, u8, i1, i2, i4, i8, f2, f4 and f8",
        "convert the array, such as array.astype(np.float32)")
    }
    guard order != ">" || type.byteCount == 1 else {
      throw failure(
        "the elements are big-endian (\(descr))", "little-endian ones are read",
        "save array.astype('<\(name)')")
    }
    return type
  }
}

/// Reads the Python dictionary of a header: the three keys in any order.
private struct NPYHeaderParser {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func header() -> (descr: String, isFortran: Bool, shape: [Int])? {
    var (descr, isFortran, shape): (String?, Bool?, [Int]?)
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = quoted(), take(":") else { return nil }
      switch key {
      case "descr":
        guard let text = quoted() ?? list() else { return nil }
        descr = text
      case "fortran_order":
        if take("True") {
          isFortran = true
        } else if take("False") {
          isFortran = false
        } else {
          return nil
        }
      case "shape":
        guard let extents = tuple() else { return nil }
        shape = extents
      default: return nil
      }
      _ = take(",")
    }
    skip()
    guard place == bytes.count, let descr, let isFortran, let shape else { return nil }
    return (descr, isFortran, shape)
  }

  private mutating func skip() {
    while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x0A { place += 1 }
  }

  private mutating func take(_ text: String) -> Bool {
    skip()
    guard bytes[place...].starts(with: text.utf8) else { return false }
    place += text.utf8.count
    return true
  }

  private mutating func quoted() -> String? {
    skip()
    guard place < bytes.count, bytes[place] == 0x27 || bytes[place] == 0x22 else { return nil }
    let mark = bytes[place]
    guard let end = bytes[(place + 1)...].firstIndex(of: mark) else { return nil }
    defer { place = end + 1 }
    return String(decoding: bytes[place + 1..<end], as: UTF8.self)
  }

  /// The type of a structure, a list of fields, as text.
  private mutating func list() -> String? {
    let start = place
    guard take("["), let end = bytes[place...].lastIndex(of: 0x5D) else { return nil }
    place = end + 1
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var extents: [Int] = []
    while !take(")") {
      skip()
      let digits = bytes[place...].prefix { (0x30...0x39).contains($0) }
      guard extents.count < 64, let extent = Int(String(decoding: digits, as: UTF8.self)) else {
        return nil
      }
      extents.append(extent)
      place += digits.count
      _ = take("L")
      _ = take(",")
    }
    return extents
  }
}
