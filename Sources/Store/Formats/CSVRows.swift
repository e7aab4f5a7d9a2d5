/// The rows of a table, each as wide as the header.
///
/// Rows that were read from a file stay its bytes until they are asked for: a file of commas alone
/// costs its own size, not thirty times as much.
public struct CSVRows: Collection, Sendable, Hashable, ExpressibleByArrayLiteral {
  private enum Storage: Sendable {
    case list([[String]])
    /// Bytes that have been checked, and where the first row begins.
    case bytes([UInt8], start: Int)
  }

  /// A place among the rows.
  public struct Index: Comparable, Sendable {
    fileprivate var row: Int
    /// Where the row begins in the bytes.
    fileprivate var position: Int

    /// Whether a place is before another.
    public static func < (a: Index, b: Index) -> Bool { a.row < b.row }

    /// Whether two places are the same.
    public static func == (a: Index, b: Index) -> Bool { a.row == b.row }
  }

  private let storage: Storage
  /// Number of rows.
  public let count: Int

  /// Rows from texts.
  public init(_ rows: [[String]]) {
    storage = .list(rows)
    count = rows.count
  }

  /// Rows written as `[["a", "1"], ["b", "2"]]`.
  public init(arrayLiteral rows: [String]...) { self.init(rows) }

  /// Rows of a text that ``CSVReader`` has checked.
  init(checked bytes: [UInt8], start: Int, count: Int) {
    storage = .bytes(bytes, start: start)
    self.count = count
  }

  /// The place of the first row.
  public var startIndex: Index {
    guard case .bytes(_, let start) = storage else { return Index(row: 0, position: 0) }
    return Index(row: 0, position: start)
  }

  /// The place after the last row.
  public var endIndex: Index { Index(row: count, position: 0) }

  /// The place after another.
  public func index(after index: Index) -> Index {
    Index(row: index.row + 1, position: position(after: index))
  }

  /// The fields of the row at a place.
  public subscript(index: Index) -> [String] {
    switch storage {
    case .list(let rows): return rows[index.row]
    case .bytes(let bytes, _): return fields(bytes, from: index.position).fields
    }
  }

  /// Goes from row to row, over bytes only once.
  public struct Iterator: IteratorProtocol {
    fileprivate let rows: CSVRows
    fileprivate var index: Index

    /// The fields of the next row; nil after the last.
    public mutating func next() -> [String]? {
      guard index.row < rows.count else { return nil }
      defer { index.row += 1 }
      guard case .bytes(let bytes, _) = rows.storage else { return rows[index] }
      let (fields, end) = rows.fields(bytes, from: index.position)
      index.position = end
      return fields
    }
  }

  /// Goes through the rows.
  public func makeIterator() -> Iterator { Iterator(rows: self, index: startIndex) }

  private func fields(_ bytes: [UInt8], from position: Int) -> (fields: [String], end: Int) {
    var fields: [String] = []
    let end = walk(bytes, from: position) { reader, field in
      fields.append(try reader.text(field))
    }
    return (fields, end)
  }

  /// The fields of a row.
  ///
  /// - Complexity: O(row) where the table was read from a file.
  public subscript(row: Int) -> [String] { self[index(startIndex, offsetBy: row)] }

  private func position(after index: Index) -> Int {
    guard case .bytes(let bytes, _) = storage else { return 0 }
    return walk(bytes, from: index.position) { _, _ in }
  }

  /// Visits the fields of a row and gives the place of the next.
  @discardableResult
  private func walk(
    _ bytes: [UInt8], from position: Int,
    _ visit: (CSVReader, CSVReader.Field) throws -> Void
  ) -> Int {
    bytes.withUnsafeBytes { buffer in
      var reader = CSVReader(checked: buffer, position: position)
      do {
        try reader.line(visit)
      } catch {
        preconditionFailure("a checked row cannot be read again: \(error)")
      }
      return reader.position
    }
  }

  /// Whether two tables have the same fields, wherever they come from.
  public static func == (a: CSVRows, b: CSVRows) -> Bool { a.elementsEqual(b) }

  /// Feeds the fields to a hash.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for row in self { hasher.combine(row) }
  }
}
