import ExperimentKit
import Runner
import Store

/// The configurations of a study beside the published ones.
struct ConfigurationPart {
  /// A configuration as the study shows it.
  private struct Shown {
    let title: String
    let settings: JSONValue
    /// The same variant as published; nil when the manifest cannot be expanded here.
    let published: JSONValue?
    let manifest: Manifest
  }

  private let shown: [Shown]
  /// Why configurations cannot be compared with the published ones; empty when they can.
  let problem: String

  /// - Parameter manifests: Those of the study.
  /// - Throws: ``Failure`` (corrupt) when a configuration on record cannot be read.
  init(_ reader: StudyReader, manifests: [Manifest]) throws {
    var published: [String: [ResolvedVariant]] = [:]
    var problem = ""
    for manifest in manifests {
      do {
        published[manifest.path] = try manifest.resolve(profile: Manifest.paperProfile)
      } catch let failure as Failure {
        problem = failure.why.map { "\(failure.what): \($0)" } ?? failure.what
      }
    }
    var shown: [Shown] = []
    for configuration in reader.record.configurations {
      for label in configuration.labels {
        guard let manifest = manifests.first(where: { $0.path == label.manifest }) else { continue }
        let values = label.axes.map { "\($0.key)=\($0.value)" }
        let title =
          ([configuration.variant] + values).joined(separator: " ") + ", profile \(label.profile)"
        guard !shown.contains(where: { $0.title == title }) else { continue }
        let candidates = (published[manifest.path] ?? []).filter {
          $0.variant == configuration.variant
        }
        let same = candidates.first { $0.identity.axes == label.axes }
        shown.append(
          Shown(
            title: title, settings: try configuration.settings(),
            published: (same ?? candidates.first)?.identity.configuration, manifest: manifest))
      }
    }
    self.shown = shown
    self.problem = problem
  }

  /// What differs from the published settings, all configurations in one table.
  var differences: PageTable {
    var table = PageTable(
      "Differences from the published setting",
      columns: [
        .init("configuration"), .init("setting"), .init("here"), .init("published"),
        .init("meaning"),
      ], heads: 2)
    for configuration in shown {
      guard let published = configuration.published else { continue }
      let lookup = SettingLookup(configuration.manifest.kind)
      for key in lookup.differences(among: [configuration.settings, published]) {
        table.add([
          .init(configuration.title), .init(key),
          .init(Self.text(lookup.value(of: key, in: configuration.settings))),
          .init(Self.text(lookup.value(of: key, in: published))),
          .init(Self.meaning(of: key, configuration.manifest)),
        ])
      }
    }
    return table
  }

  /// Every setting of every configuration.
  var tables: [PageTable] {
    shown.map { configuration in
      let lookup = SettingLookup(configuration.manifest.kind)
      var table = PageTable(
        configuration.title,
        columns: [.init("setting"), .init("value"), .init("published"), .init("meaning")])
      for (key, value) in SettingText.flattened(configuration.settings) {
        let published = configuration.published.map { Self.text(lookup.value(of: key, in: $0)) }
        table.add([
          .init(key), .init(value, style: published == nil || published == value ? "" : "differs"),
          .init(published ?? ""), .init(Self.meaning(of: key, configuration.manifest)),
        ])
      }
      return table
    }
  }

  private static func text(_ value: JSONValue?) -> String {
    value.map(SettingText.describe) ?? ""
  }

  private static func meaning(of key: String, _ manifest: Manifest) -> String {
    guard let found = manifest.kind.settings.setting(key) else { return "" }
    return Prose.plain(found.meaning) + (found.unit.isEmpty ? "" : " (\(found.unit))")
  }
}
