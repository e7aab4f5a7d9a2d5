import ExperimentKit
import Store

extension StudyRecord {
  static let schema = "modlab-sweep-2"

  /// A record lists up to ``Manifest/maximumPoints`` configurations for each profile, variant and
  /// sweep of `--set`; a value limit below that would make a folder unreadable.
  private static let maximumValues = 20_000_000

  /// The record as JSON.
  public var json: JSONValue {
    [
      "schema": .string(Self.schema), "study": .string(study),
      "command_lines": .array(
        commandLines.map { .array($0.map { .string($0) }) }),
      "manifests": .array(
        manifests.map {
          [
            "path": .string($0.path), "sha256": .string(SHA256.digest(of: $0.text)),
            "text": .string($0.text),
          ]
        }),
      "environment": environment,
      "configurations": .array(configurations.map(\.json)),
    ]
  }

  /// Reads a record.
  ///
  /// - Throws: ``Failure`` (corrupt) when something is missing or of the wrong kind.
  public init(json: JSONValue, file: String) throws {
    let reader = MemberReader(json, file: file)
    let isFormer = json["schema"]?.stringValue == Self.formerSchema
    if !isFormer { try reader.check(schema: Self.schema) }
    study = try reader.text(isFormer ? "experiment" : "study")
    commandLines = try reader.array("command_lines").map { line in
      (line.arrayValue ?? []).compactMap(\.stringValue)
    }
    manifests = try reader.array("manifests").map {
      let manifest = MemberReader($0, file: file)
      return ManifestSource(path: try manifest.text("path"), text: try manifest.text("text"))
    }
    environment = try reader.value("environment")
    let values = try reader.array("configurations")
    configurations =
      isFormer
      ? try Self.former(values, kind: study, file: file)
      : try values.map { try Configuration(json: $0, file: file) }
  }

  /// Reads a `sweep.json`.
  ///
  /// - Returns: nil when there is none.
  /// - Throws: ``Failure`` when it is damaged.
  public static func read(_ folder: StudyFolder) throws -> StudyRecord? {
    let path = folder.sweepFile
    guard Folder.exists(path) else { return nil }
    do {
      let bytes = try InputFile.bytes(at: path, maximumSize: 256 << 20, missing: .corrupt)
      let json = try JSONValue.parse(bytes, file: path, maximumValues: maximumValues)
      return try StudyRecord(json: json, file: path)
    } catch var failure as Failure where failure.exitCode == .corrupt {
      failure.help =
        failure.help
        ?? "remove it and start 'modlab run' again: finished runs are recognised and kept"
      throw failure
    }
  }

  /// The `sweep.json` of a folder that must have one.
  ///
  /// - Throws: ``Failure`` when it is missing or damaged.
  static func required(_ folder: StudyFolder) throws -> StudyRecord {
    if let record = try read(folder) { return record }
    throw Failure(
      .inputOutput, "no results in \(Failure.quote(path: folder.path))",
      why: "it has no sweep.json", help: "start with 'modlab run'")
  }

  /// Writes the `sweep.json` of a folder.
  ///
  /// - Throws: ``Failure`` (input/output).
  public func write(_ folder: StudyFolder) throws {
    try AtomicFile.write(json.serialized(pretty: true), to: folder.sweepFile)
  }
}

extension StudyRecord.Configuration {
  /// The configuration as JSON.
  var json: JSONValue {
    [
      "variant": .string(variant), "hash": .string(hash), "kind": .string(kind),
      "version": .integer(version), "total_steps": .integer(totalSteps),
      "configuration": .string(text), "labels": .array(labels.map(\.json)),
    ]
  }

  /// Reads a configuration.
  init(json: JSONValue, file: String) throws {
    let reader = MemberReader(json, file: file)
    self.init(
      variant: try reader.text("variant"), kind: try reader.text("kind"),
      version: try reader.integer("version"), hash: try reader.text("hash"),
      totalSteps: try reader.integer("total_steps"), text: try reader.text("configuration"),
      labels: try reader.array("labels").map { try StudyRecord.Label(json: $0, file: file) })
    try checkName(reader)
  }

  /// Variant and hash become parts of paths.
  func checkName(_ reader: MemberReader) throws {
    guard RunName.parse(configurationName: folderName)?.variant == variant,
      !variant.contains("/"), !variant.hasPrefix(".")
    else { throw reader.failure("'\(folderName)' is not the name of a configuration") }
  }
}

extension StudyRecord.Label {
  /// The label as JSON.
  var json: JSONValue {
    [
      "manifest": .string(manifest), "profile": .string(profile),
      "axes": .object(
        Dictionary(uniqueKeysWithValues: axes.map { ($0.key, JSONValue.string($0.value)) })),
      "seeds": .array(seeds.map { .integer($0) }),
    ]
  }

  /// Reads a label.
  init(json: JSONValue, file: String) throws {
    let reader = MemberReader(json, file: file)
    self.init(
      manifest: try reader.text("manifest"), profile: try reader.text("profile"),
      axes: try reader.members("axes").sorted { $0.key < $1.key }.map { key, value in
        guard let text = value.stringValue else { throw reader.failure("an axis is not a text") }
        return RunIdentity.Axis(key: key, value: text)
      },
      seeds: try reader.array("seeds").map { value in
        guard let seed = value.integerValue, seed >= 0 else {
          throw reader.failure("a seed is not a whole number")
        }
        return seed
      })
  }
}
