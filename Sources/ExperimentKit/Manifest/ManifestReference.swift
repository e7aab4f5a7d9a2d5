/// Writes `docs/manifest-reference.md` from the declarations that decode manifests.
public enum ManifestReference {
  /// The whole document.
  public static func markdown(_ registry: KindRegistry) -> String {
    var lines = introduction
    var documented: [(name: String, settings: [SettingDocumentation])] = []
    for kind in registry.kinds {
      lines += [
        "", "## \(kind.name)", "",
        kind.section.isEmpty
          ? "Version \(kind.version). \(kind.summary)"
          : "Section \(kind.section), version \(kind.version). \(kind.summary)", "",
      ]
      let settings = kind.settings
      if let twin = documented.first(where: { $0.settings == settings }) {
        lines.append("The keys are those of [\(twin.name)](#\(twin.name)).")
      } else {
        lines += table(settings)
        documented.append((kind.name, settings))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: - Settings

  private static func table(_ settings: [SettingDocumentation]) -> [String] {
    let header = [
      "| key | type | unit | default | allowed | paper | meaning |",
      "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    return header + rows(settings, path: "")
  }

  private static func rows(_ settings: [SettingDocumentation], path: String) -> [String] {
    settings.flatMap { setting -> [String] in
      let name = path.isEmpty ? setting.key : "\(path).\(setting.key)"
      if let children = setting.children {
        let title = row(["**`\(name)`**", setting.type, "", "", "", "", setting.meaning])
        return [title] + rows(children, path: name)
      }
      return [
        row([
          "`\(name)`", setting.type, setting.unit,
          setting.defaultValue.isEmpty ? "" : "`\(setting.defaultValue)`", setting.range,
          setting.paper ?? "", setting.meaning,
        ])
      ]
    }
  }

  private static func row(_ cells: [String]) -> String {
    let escaped = cells.map { $0.replacing("|", with: "\\|").replacing("\n", with: " ") }
    return "| \(escaped.joined(separator: " | ")) |"
  }
}
