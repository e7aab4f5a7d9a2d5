import Store

/// A table of aligned columns for a terminal.
///
/// Cells may come from files: what a terminal would obey is escaped, and what floods it is cut.
package struct TextTable {
  /// How the cells of a column stand.
  package enum Alignment { case left, right }

  /// Longest cell that is shown whole, in characters.
  private static let cellLimit = 600

  private let header: [String]
  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// Creates a table with named columns.
  package init(_ columns: [(name: String, alignment: Alignment)]) {
    header = columns.map(\.name)
    alignments = columns.map(\.alignment)
  }

  /// Adds a row.
  ///
  /// - Precondition: one cell per column.
  package mutating func add(_ cells: [String]) {
    precondition(cells.count == header.count, "a row of \(cells.count) cells")
    rows.append(cells.map { Failure.printable($0, limit: TextTable.cellLimit) })
  }

  /// Whether there is no row.
  package var isEmpty: Bool { rows.isEmpty }

  /// The table as text, one line per row, without spaces at the ends of lines.
  package func rendered(paint: (_ row: Int, _ column: Int, _ text: String) -> String = { $2 })
    -> String
  {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    var lines = [line(header, widths) { $1 }]
    lines += rows.enumerated().map { index, row in
      line(row, widths) { paint(index, $0, $1) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(
    _ cells: [String], _ widths: [Int], paint: (_ column: Int, _ text: String) -> String
  ) -> String {
    var text = ""
    for (column, cell) in cells.enumerated() {
      let padding = String(repeating: " ", count: widths[column] - cell.count)
      let isLast = column == cells.count - 1
      switch alignments[column] {
      case .left: text += paint(column, cell) + (isLast ? "" : padding)
      case .right: text += padding + paint(column, cell)
      }
      if !isLast { text += "  " }
    }
    while text.last == " " { text.removeLast() }
    return text
  }
}

extension String {
  /// The text with spaces appended up to a width.
  package func padding(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }
}
