import Store
import Tensors

/// The columns of a CSV file with data: one example per line below the names of the columns.
public struct CSVColumns: Sendable {
  /// The file, for messages.
  public let file: String
  private let table: CSVTable

  /// Content of the largest file that is read.
  public static let maximumSize = 1 << 30

  /// Reads a file, compressed by gzip or not.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` and the line.
  public init(_ path: String) throws {
    try self.init(DataFile.read(path, maximumSize: Self.maximumSize), file: path)
  }

  /// Reads the bytes of a file.
  public init(_ bytes: [UInt8], file: String) throws {
    self.file = file
    do {
      table = try CSVTable.parse(bytes, file: file, exitCode: .dataMissing)
    } catch var failure as Failure {
      failure.help = failure.help ?? "the file is a table with commas, its first line has the names"
      throw failure
    }
  }

  /// Number of examples.
  public var count: Int { table.rows.count }
  /// Names of the columns.
  public var names: [String] { table.header }

  /// The texts of a column.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` when there is no such column.
  public func texts(_ name: String) throws -> [String] {
    let column = try position(name)
    return table.rows.map { $0[column] }
  }

  /// The numbers of a column, or of several: `x`, or `x0..x63` for all from the first to the last.
  /// A field may hold several numbers with spaces between them, as many in every line.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` and the line.
  public func numbers(_ name: String) throws -> NumberArray {
    let source = "\(file)#\(name)"
    let columns = try positions(name)
    var numbers: [Double] = []
    numbers.reserveCapacity(
      table.rows.reduce(0) { sum, fields in
        columns.reduce(sum) { $0 + Self.wordCount(fields[$1]) }
      })
    var width: Int?
    for (row, fields) in table.rows.enumerated() {
      let before = numbers.count
      for column in columns {
        var rest = fields[column].utf8[...]
        while let start = rest.firstIndex(where: { $0 != UInt8(ascii: " ") }) {
          rest = rest[start...]
          let end = rest.firstIndex(of: UInt8(ascii: " ")) ?? rest.endIndex
          let text = String(decoding: rest[..<end], as: UTF8.self)
          rest = rest[end...]
          guard let number = DecimalNumber.parse(text) else {
            throw failure(
              row, "the column \(Failure.quote(table.header[column])) has \(Failure.quote(text))",
              why: "a number is needed",
              help: "write decimals with a point, and no unit behind them")
          }
          numbers.append(number)
        }
        if numbers.count == before {
          throw failure(
            row, "the column \(Failure.quote(table.header[column])) is empty",
            why: "a number is needed", help: "fill it, or leave the line out")
        }
      }
      let found = numbers.count - before
      guard found == width ?? found else {
        throw failure(
          row, "\(found) numbers in \(Failure.quote(name)), \(width ?? 0) in the lines before",
          why: "all examples have the same shape",
          help: "fill sequences up to one length with a token of its own")
      }
      width = found
    }
    let isVector = columns.count > 1 || width ?? 1 > 1
    return NumberArray(
      source: source, numbers, shape: isVector ? [count, width ?? columns.count] : [count])
  }

  private static func wordCount(_ text: String) -> Int {
    var (count, isWord) = (0, false)
    for byte in text.utf8 {
      let isSpace = byte == UInt8(ascii: " ")
      if !isSpace, !isWord { count += 1 }
      isWord = !isSpace
    }
    return count
  }

  /// A failure at a line.
  public func failure(_ row: Int, _ what: String, why: String? = nil, help: String? = nil)
    -> Failure
  {
    Failure.data(file, line: row + 2, what, why: why, help: help ?? "mend the line")
  }

  private func positions(_ name: String) throws -> [Int] {
    guard table.column(name) == nil, let dots = name.firstRange(of: "..") else {
      return [try position(name)]
    }
    let first = try position(String(name[..<dots.lowerBound]))
    let last = try position(String(name[dots.upperBound...]))
    guard first <= last else {
      throw Failure(
        .dataMissing,
        "\(Failure.quote(path: file)): the columns \(Failure.quote(name)) run backwards")
    }
    return Array(first...last)
  }

  private func position(_ name: String) throws -> Int {
    if let position = table.column(name) { return position }
    let isJoined = names.count == 1 && [";", "\t"].contains { names[0].contains($0) }
    let hasNames = names.contains { DecimalNumber.parse($0) == nil }
    throw Failure(
      .dataMissing, "\(Failure.quote(path: file)) has no column \(Failure.quote(name))",
      why: "it has \(Self.list(names))",
      help: isJoined
        ? "separate columns with commas"
        : hasNames
          ? Suggestion.help(for: name, among: names)
          : "the first line holds numbers: put a line with the names of the columns above it")
  }

  /// Some of many names, made harmless.
  static func list(_ names: [String], limit: Int = 12) -> String {
    let shown = names.prefix(limit).map { Failure.quote($0) }.joined(separator: ", ")
    return names.count > limit ? "\(shown), … (\(names.count))" : shown
  }
}
