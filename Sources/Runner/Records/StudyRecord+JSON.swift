import ExperimentKit
import Store

extension StudyRecord {
  static let schema = "modlab-sweep-1"

  /// The record as JSON.
  public var json: JSONValue {
    [
      "schema": .string(Self.schema), "experiment": .string(study),
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
    try reader.check(schema: Self.schema)
    study = try reader.text("experiment")
    commandLines = try reader.array("command_lines").map { line in
      (line.arrayValue ?? []).compactMap(\.stringValue)
    }
    manifests = try reader.array("manifests").map {
      let manifest = MemberReader($0, file: file)
      return ManifestCopy(path: try manifest.text("path"), text: try manifest.text("text"))
    }
    environment = try reader.value("environment")
    configurations = try reader.array("configurations").map {
      try Configuration(json: $0, file: file)
    }
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
      return try StudyRecord(json: JSONValue.parse(bytes, file: path), file: path)
    } catch var failure as Failure where failure.exitCode == .corrupt {
      failure.help =
        failure.help
        ?? "remove it and start 'modlab run' again: finished runs are recognised and kept"
      throw failure
    }
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
      "manifest": .string(manifest), "variant": .string(variant), "profile": .string(profile),
      "axes": .object(
        Dictionary(uniqueKeysWithValues: axes.map { ($0.key, JSONValue.string($0.value)) })),
      "hash": .string(hash), "version": .integer(version),
      "seeds": .array(seeds.map { .integer($0) }), "total_steps": .integer(totalSteps),
      "configuration": configuration,
    ]
  }

  /// Reads a configuration.
  init(json: JSONValue, file: String) throws {
    let reader = MemberReader(json, file: file)
    manifest = try reader.text("manifest")
    variant = try reader.text("variant")
    profile = try reader.text("profile")
    axes = try reader.members("axes").sorted { $0.key < $1.key }.map { key, value in
      guard let text = value.stringValue else { throw reader.failure("an axis is no text") }
      return RunIdentity.Axis(key: key, value: text)
    }
    hash = try reader.text("hash")
    version = try reader.integer("version")
    seeds = try reader.array("seeds").map { value in
      guard let seed = value.integerValue, seed >= 0 else {
        throw reader.failure("a seed is no whole number")
      }
      return seed
    }
    totalSteps = try reader.integer("total_steps")
    configuration = try reader.value("configuration")
    // Both become parts of paths.
    guard RunName.parse(configurationName: "\(variant)-\(hash)")?.variant == variant,
      !variant.contains("/"), !variant.hasPrefix(".")
    else { throw reader.failure("'\(variant)-\(hash)' is no name of a configuration") }
  }
}
