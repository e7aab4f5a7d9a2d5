import Store

/// A table of a page.
struct PageTable {
  /// How the cells of a column stand.
  enum Alignment { case text, number }

  /// A column.
  struct Column {
    let name: String
    let alignment: Alignment
    /// A second line of the head, such as that the column is a control.
    let note: String

    init(_ name: String, _ alignment: Alignment = .text, note: String = "") {
      self.name = name
      self.alignment = alignment
      self.note = note
    }
  }

  /// A cell.
  struct Cell: ExpressibleByStringInterpolation {
    let text: String
    /// A second line, in small letters.
    var note = ""
    /// A class of the style sheet.
    var style = ""

    init(_ text: String, note: String = "", style: String = "") {
      self.text = text
      self.note = note
      self.style = style
    }

    init(stringLiteral value: String) { self.init(value) }
  }

  let caption: String
  /// What must be known to read the numbers.
  var note = ""
  let columns: [Column]
  /// Number of columns that name the row.
  var heads = 1
  /// Whether a narrow screen shows each row as a list of names and values; otherwise the table scrolls
  /// sideways.
  var stacks = false
  private(set) var rows: [[Cell]] = []

  init(
    _ caption: String, note: String = "", columns: [Column], heads: Int = 1, stacks: Bool = false
  ) {
    self.caption = caption
    self.note = note
    self.columns = columns
    self.heads = heads
    self.stacks = stacks
  }

  /// Adds a row.
  mutating func add(_ cells: [Cell]) {
    precondition(cells.count == columns.count, "a row of \(cells.count) cells")
    rows.append(cells)
  }

  /// Every member of every part is there: a template would look for one that is missing further out.
  var json: JSONValue {
    [
      "caption": .string(caption), "note": .string(note), "stacks": .bool(stacks),
      "columns": .array(
        columns.map {
          [
            "name": .string($0.name), "note": .string($0.note),
            "number": .bool($0.alignment == .number),
          ]
        }),
      "rows": .array(
        rows.map { cells in
          [
            "cells": .array(
              cells.enumerated().map { index, cell in
                [
                  "text": .string(cell.text), "note": .string(cell.note),
                  "style": .string(
                    [columns[index].alignment == .number ? "number" : "", cell.style]
                      .filter { !$0.isEmpty }.joined(separator: " ")),
                  "head": .bool(index < heads), "label": .string(columns[index].name),
                ]
              })
          ]
        }),
    ]
  }
}
