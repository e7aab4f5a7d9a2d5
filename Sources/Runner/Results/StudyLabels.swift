import ExperimentKit
import Store

/// How the configurations of a study are called in its tables.
///
/// The columns are the swept and overridden settings of all of them. Where two configurations would
/// have the same cells, the settings in which they differ become columns, too, so that no two are
/// ever mistaken for one.
struct StudyLabels {
  /// Dotted keys of the settings that are columns, sorted.
  let axes: [String]
  private let configurations: [StudyRecord.Configuration]
  /// For every configuration, the values of ``axes``.
  private let values: [[String]]

  /// - Throws: ``Failure`` (corrupt) when a configuration cannot be read.
  init(_ record: StudyRecord, registry: KindRegistry) throws {
    configurations = record.configurations
    let current = configurations.indices.filter { !record.configurations[$0].labels.isEmpty }
    var keys = Set(current.flatMap { record.configurations[$0].labels.flatMap(\.axes).map(\.key) })
    var lookups: [String: SettingLookup] = [:]
    for kind in Set(configurations.map(\.kind)) {
      lookups[kind] = SettingLookup(try? registry.find(recorded: kind))
    }
    let settings = try Dictionary(
      uniqueKeysWithValues: current.map { ($0, try record.configurations[$0].settings()) })
    func column(_ key: String, _ index: Int) -> String {
      let lookup = lookups[record.configurations[index].kind]
      return settings[index].flatMap { lookup?.column(key, in: $0) } ?? ""
    }
    var cells: [[String]: [Int]] = [:]
    let sorted = keys.sorted()
    for index in current {
      let variant = record.configurations[index].variant
      let values = sorted.map { column($0, index) }
      for profile in Set(record.configurations[index].labels.map(\.profile)) {
        cells[[variant, profile] + values, default: []].append(index)
      }
    }
    for same in cells.values where same.count > 1 {
      let lookup = lookups[record.configurations[same[0]].kind]
      let members = same.compactMap { settings[$0] }
      keys.formUnion(lookup?.differences(among: members) ?? [])
    }
    let axes = keys.sorted()
    self.axes = axes
    values = record.configurations.indices.map { index in axes.map { column($0, index) } }
  }

  /// The labels under which a configuration is shown, each with the seeds that it has.
  func seeds(of index: Int) -> [(label: ResultLabel, seeds: Set<Int>)] {
    let configuration = configurations[index]
    let profiles = Dictionary(grouping: configuration.labels, by: \.profile)
    return profiles.keys.sorted().map { profile in
      (
        ResultLabel(variant: configuration.variant, profile: profile, values: values[index]),
        Set((profiles[profile] ?? []).flatMap(\.seeds))
      )
    }
  }
}
