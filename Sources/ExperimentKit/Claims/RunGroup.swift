/// The runs to which a claim is applied together: those of one variant and combination of swept
/// values, as far as the measure leaves these open.
struct RunGroup: Hashable {
  /// The variant; nil when the measure names variants.
  let variant: String?
  /// Values of the swept settings that the measure does not name.
  let axes: [String: String]

  /// The groups that have rows, in a fixed order.
  static func groups(
    of tables: [(selection: Selection, table: ResultTable)], variants: [String]?
  ) -> [RunGroup] {
    var groups: Set<RunGroup> = []
    for (selection, table) in tables where selection.experiment == nil {
      for row in table.rows where variants?.contains(row.variant) ?? true {
        groups.insert(RunGroup(row, selection: selection, table: table))
      }
    }
    return groups.sorted { $0.description.utf8.lexicographicallyPrecedes($1.description.utf8) }
  }

  private init(_ row: ResultTable.Row, selection: Selection, table: ResultTable) {
    variant = selection.mentions(Selection.variantKey) ? nil : row.variant
    var open: [String: String] = [:]
    for (name, value) in zip(table.axes, row.axes) where !selection.mentions(name) {
      open[name] = value
    }
    axes = open
  }

  /// The rows of the group.
  ///
  /// A table of another experiment that has no column for a swept setting takes part with all rows.
  func rows(of table: ResultTable) -> ResultTable {
    table.filtered { row in
      (variant == nil || row.variant == variant)
        && axes.allSatisfy { name, value in
          table.value(of: name, in: row).map { $0 == value } ?? true
        }
    }
  }
}

extension RunGroup: CustomStringConvertible {
  /// For example `main mask.beta=0.0001`.
  var description: String {
    let values = axes.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
    return ([variant].compactMap { $0 } + values.map { "\($0.key)=\($0.value)" })
      .joined(separator: " ")
  }
}
