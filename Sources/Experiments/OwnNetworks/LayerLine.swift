import ExperimentKit
import NeuralNetworks
import Store

/// A layer as a manifest has it, on a line: `{conv2d: features.0, filters: 32, kernel: 3}`.
struct LayerLine: Sendable, Equatable {
  /// The key that says what it is.
  let type: LayerType
  /// Its name, within that of what it is part of; may be empty.
  let name: String
  /// The other keys.
  let values: [String: Value]
  /// Where it stands; nil in a resolved configuration.
  let location: SourceLocation?

  /// What a key says.
  enum Value: Sendable, Equatable {
    case number(Double)
    case flag(Bool)
    case layers([LayerLine])
  }

  /// A place is no part of what a layer is.
  static func == (a: LayerLine, b: LayerLine) -> Bool {
    a.type == b.type && a.name == b.name && a.values == b.values
  }

  // MARK: - Reading

  /// Layers within layers are read to this depth.
  private static let maximumDepth = 8
  private static let mostLayers = 1000

  /// Reads a list of layers.
  ///
  /// - Throws: ``Failure`` (manifest invalid) with the place.
  static func list(_ node: YAMLNode, depth: Int = 0) throws -> [LayerLine] {
    let nodes = try node.sequence()
    guard nodes.count <= mostLayers, depth < maximumDepth else {
      throw Failure(
        .manifestInvalid, "too many layers", location: node.location,
        why: "at most \(mostLayers) in a list, and \(maximumDepth) lists in one another")
    }
    return try nodes.map { try LayerLine($0, depth: depth) }
  }

  private init(_ node: YAMLNode, depth: Int) throws {
    location = node.location
    if case .scalar = node.value, !node.isNull {
      type = try Self.type(node.string(), at: node.location)
      (name, values) = ("", [:])
      try check()
      return
    }
    let entries = try node.mapping()
    guard let first = entries.first else {
      throw Failure(
        .manifestInvalid, "a layer without a type", location: node.location,
        help: "write a layer such as {linear: fc1, outputs: 10}")
    }
    type = try Self.type(first.key, at: first.keyLocation)
    var values: [String: Value] = [:]
    var name = ""
    switch type.head {
    case .name: name = first.value.isNull ? "" : try first.value.string()
    case .number(let key): values[key] = try type.number(key, first.value)
    }
    for entry in entries.dropFirst() {
      if entry.key == "name", case .number = type.head {
        name = try entry.value.string()
        continue
      }
      guard let kind = type.keys[entry.key] else {
        throw Failure(
          .manifestInvalid, "unknown key \(Failure.quote(entry.key)) of a layer '\(type.rawValue)'",
          location: entry.keyLocation,
          why: type.keys.isEmpty
            ? "it has no keys" : "it has \(type.keys.keys.sorted().joined(separator: ", "))",
          help: Suggestion.help(for: entry.key, among: type.keys.keys))
      }
      switch kind {
      case .whole, .fraction: values[entry.key] = try type.number(entry.key, entry.value)
      case .flag: values[entry.key] = .flag(try entry.value.boolean())
      case .layers: values[entry.key] = .layers(try Self.list(entry.value, depth: depth + 1))
      }
    }
    (self.name, self.values) = (name, values)
    try check()
  }

  private static func type(_ key: String, at location: SourceLocation) throws -> LayerType {
    if let type = LayerType(rawValue: key) { return type }
    let names = LayerType.allCases.map(\.rawValue)
    throw Failure(
      .manifestInvalid, "unknown layer \(Failure.quote(key))", location: location,
      why: "the layers are \(names.joined(separator: ", "))",
      help: LayerType.elsewhere[key.lowercased()].map { "write '\($0)'" }
        ?? Suggestion.help(for: key, among: names)
        ?? "write a layer such as {linear: fc1, outputs: 10}")
  }

  /// What must be there is.
  private func check() throws {
    func failure(_ what: String) -> Failure {
      Failure(
        .manifestInvalid, what, location: location,
        help: "write a layer such as \(type.example)")
    }
    if let missing = type.required.first(where: { values[$0] == nil }) {
      throw failure("a layer '\(type.rawValue)' without '\(missing)'")
    }
    guard !type.needsName || !name.isEmpty else {
      throw failure("a layer '\(type.rawValue)' without a name")
    }
    let isPlain =
      name.utf8.count <= 200
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || [0x2D, 0x2E, 0x5F].contains(byte)
      }
    guard isPlain, !name.hasPrefix("."), !name.hasSuffix("."), !name.contains("..") else {
      throw failure("\(Failure.quote(name)) cannot be the name of a layer")
    }
  }

  // MARK: - Resolved configurations

  init?(json: JSONValue) {
    guard let members = json.objectValue,
      let type = members["layer"]?.stringValue.flatMap(LayerType.init(rawValue:))
    else { return nil }
    var values: [String: Value] = [:]
    for (key, member) in members where key != "layer" && key != "name" {
      guard let kind = type.allKeys[key] else { return nil }
      switch kind {
      case .flag:
        guard let flag = member.boolValue else { return nil }
        values[key] = .flag(flag)
      case .layers:
        guard let elements = member.arrayValue else { return nil }
        let layers = elements.compactMap(LayerLine.init(json:))
        guard layers.count == elements.count else { return nil }
        values[key] = .layers(layers)
      case .whole, .fraction:
        guard let number = member.numberValue else { return nil }
        values[key] = .number(number)
      }
    }
    self.type = type
    self.values = values
    name = members["name"]?.stringValue ?? ""
    location = nil
  }

  var json: JSONValue {
    var members: [String: JSONValue] = ["layer": .string(type.rawValue)]
    if !name.isEmpty { members["name"] = .string(name) }
    for (key, value) in values {
      members[key] =
        switch value {
        case .number(let number):
          number.rounded() == number ? .integer(Int(number)) : .number(number)
        case .flag(let flag): .bool(flag)
        case .layers(let layers): .array(layers.map(\.json))
        }
    }
    return .object(members)
  }

  // MARK: - Values

  func whole(_ key: String) -> Int? {
    guard case .number(let number)? = values[key] else { return nil }
    return Int(number)
  }

  func fraction(_ key: String) -> Double? {
    guard case .number(let number)? = values[key] else { return nil }
    return number
  }

  func flag(_ key: String) -> Bool? {
    guard case .flag(let flag)? = values[key] else { return nil }
    return flag
  }

  func layers(_ key: String) -> [LayerLine] {
    guard case .layers(let layers)? = values[key] else { return [] }
    return layers
  }
}

/// The setting `network.layers`.
struct LayerList: StructuredSetting {
  var layers: [LayerLine] = []

  static let typeDescription = "list of layers"
  static var rangeDescription: String {
    LayerType.allCases.map(\.rawValue).joined(separator: ", ")
  }

  init() {}
  init(_ node: YAMLNode) throws { layers = try LayerLine.list(node) }

  init?(json: JSONValue) {
    guard let elements = json.arrayValue else { return nil }
    layers = elements.compactMap(LayerLine.init(json:))
    guard layers.count == elements.count else { return nil }
  }

  var json: JSONValue { .array(layers.map(\.json)) }
}
