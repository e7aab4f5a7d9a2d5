/// The runs to which a claim is applied together: those of one variant and combination of swept
/// values, as far as the measure leaves these open.
struct RunGroup: Hashable {
  /// The variant; nil when the measure names variants.
  let variant: String?
  /// Values of the swept settings that the measure does not name.
  let axes: [String: String]

  /// The groups that a study asks for in a profile, in a fixed order.
  static func groups(
    of results: any StudyResults, profile: String, measure: Expression, variants: [String]?
  ) -> [RunGroup] {
    let own = measure.selections.filter { $0.study == nil }
    guard let first = own.first else { return [] }
    var groups: Set<RunGroup> = []
    for group in results.groups
    where group.label.profile == profile && variants?.contains(group.label.variant) ?? true {
      groups.insert(RunGroup(group.label, axes: results.axes, selection: first))
    }
    return groups.sorted { $0.description.utf8.lexicographicallyPrecedes($1.description.utf8) }
  }

  /// All selections of a measure name the same keys; see ``Expression/checkAsMeasure()``.
  private init(_ label: ResultLabel, axes names: [String], selection: Selection) {
    variant = selection.mentions(Selection.variantKey) ? nil : label.variant
    var open: [String: String] = [:]
    for (name, value) in zip(names, label.values) where !selection.mentions(name) {
      open[name] = value
    }
    axes = open
  }

  /// The planned seeds of the group: the worst state of those that a measure over several variants
  /// or swept values needs.
  func seeds(
    in results: any StudyResults, profile: String, measure: Expression
  ) -> [Int: ResultGroup.State] {
    let own = measure.selections.filter { $0.study == nil }
    var seeds: [Int: ResultGroup.State] = [:]
    for group in results.groups where group.label.profile == profile {
      let label = group.label
      let isMember =
        (variant == nil || label.variant == variant)
        && zip(results.axes, label.values).allSatisfy { axes[$0] == nil || axes[$0] == $1 }
        && own.contains { selection in
          selection.admits(Selection.variantKey, value: label.variant)
            && zip(results.axes, label.values).allSatisfy { selection.admits($0, value: $1) }
        }
      guard isMember else { continue }
      for (seed, state) in group.seeds where seeds[seed] == nil || seeds[seed] == .complete {
        seeds[seed] = state
      }
    }
    return seeds
  }

  /// The rows of the group.
  ///
  /// A table of another study that has no column for a swept setting takes part with all rows.
  func rows(of table: ResultTable) -> ResultTable {
    table.filtered { row in
      (variant == nil || row.label.variant == variant)
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
