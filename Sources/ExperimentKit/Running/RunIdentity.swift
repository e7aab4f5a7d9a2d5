import Store

/// What a run computes: the content of `config.json`.
public struct RunIdentity: Sendable, Equatable {
  /// A swept or overridden setting and its value as text.
  public struct Axis: Sendable, Hashable {
    /// Dotted path of the setting, such as `mask.beta`.
    public let key: String
    /// The value as it stands in the tables.
    public let value: String

    /// Creates an axis value.
    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  /// Registered name of the kind.
  public let kind: String
  /// Version of the kind.
  public let version: Int
  /// Name of the variant.
  public let variant: String
  /// Name of the profile.
  public let profile: String
  /// Swept and overridden settings, sorted by key.
  public let axes: [Axis]
  /// The resolved configuration.
  public let configuration: JSONValue
  /// Hash over kind, version and configuration.
  public let hash: String

  /// Creates an identity; the hash follows from the rest.
  public init(
    kind: String, version: Int, variant: String, profile: String, axes: [Axis] = [],
    configuration: JSONValue
  ) {
    self.kind = kind
    self.version = version
    self.variant = variant
    self.profile = profile
    self.axes = axes.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    self.configuration = configuration
    hash = ConfigurationHash.of(
      kind: kind, version: version, configuration: configuration)
  }

  /// Name of the folder of all seeds: `<variant>-<hash>`.
  public var folderName: String { "\(variant)-\(hash)" }

  /// Name of the folder of one seed: `seed-03`.
  public static func seedFolderName(_ seed: Int) -> String {
    seed < 10 ? "seed-0\(seed)" : "seed-\(seed)"
  }
}

// MARK: - config.json

extension RunIdentity {
  /// The identity as JSON.
  public var json: JSONValue {
    [
      "experiment": .string(kind), "version": .integer(version),
      "variant": .string(variant), "profile": .string(profile),
      "axes": .object(
        Dictionary(uniqueKeysWithValues: axes.map { ($0.key, JSONValue.string($0.value)) })),
      "hash": .string(hash), "configuration": configuration,
    ]
  }

  /// Reads what ``json`` wrote.
  ///
  /// - Throws: ``Failure`` (corrupt) when a member is missing, unknown or of the wrong type, or
  ///   when the hash does not fit the content.
  public init(json: JSONValue, file: String) throws {
    func member<Value>(_ key: String, _ read: (JSONValue) -> Value?) throws -> Value {
      guard let value = json[key] else {
        throw Failure(.corrupt, "\(file) has no member \(Failure.quote(key))")
      }
      guard let result = read(value) else {
        throw Failure(
          .corrupt, "\(file): \(Failure.quote(key)) is \(value.kindDescription)")
      }
      return result
    }
    let axes = try member("axes", \.objectValue).map { key, value -> Axis in
      guard let text = value.stringValue else {
        throw Failure(.corrupt, "\(file): the axis \(Failure.quote(key)) is no text")
      }
      return Axis(key: key, value: text)
    }
    self.init(
      kind: try member("experiment", \.stringValue),
      version: try member("version", \.integerValue),
      variant: try member("variant", \.stringValue),
      profile: try member("profile", \.stringValue), axes: axes,
      configuration: try member("configuration") { $0 })
    let stored = try member("hash", \.stringValue)
    guard stored == hash else {
      throw Failure(
        .corrupt, "\(file) was changed after it was written",
        why: "its hash is \(Failure.quote(stored)), its content has \(hash)",
        help: "remove the run's folder to compute the run again")
    }
    guard json.objectValue?.count == 7 else {
      throw Failure(.corrupt, "\(file) has unknown members")
    }
  }
}
