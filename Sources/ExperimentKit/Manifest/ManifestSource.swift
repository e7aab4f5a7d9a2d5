import Store

/// The text of a manifest, or of one that it extends.
public struct ManifestSource: Sendable, Equatable {
  /// Path as given, or as the manifest that extends it names it, seen from the same folder.
  public let path: String
  /// Content of the file.
  public let text: String

  /// Names a text.
  public init(path: String, text: String) {
    self.path = path
    self.text = text
  }

  /// Reads a file.
  ///
  /// - Throws: ``Failure`` (manifest invalid) when it cannot be read as UTF-8.
  static func load(_ path: String) throws -> ManifestSource {
    let bytes: [UInt8]
    do {
      bytes = try InputFile.bytes(
        at: path, maximumSize: 1 << 20, missing: .manifestInvalid, tooLarge: .manifestInvalid)
    } catch var failure as Failure {
      failure.help = failure.help ?? Manifest.helpForOtherFiles
      throw failure
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(
        .manifestInvalid, "\(path) is no manifest", why: "it is not text in UTF-8",
        help: Manifest.helpForOtherFiles)
    }
    return ManifestSource(path: path, text: text)
  }
}

/// A manifest's content with that of the manifests that it extends.
struct ManifestDocument {
  /// Manifests may extend each other so many times in a row.
  static let maximumDepth = 8

  /// The merged content.
  let root: YAMLNode
  /// The manifest itself first, then what it extends.
  let sources: [ManifestSource]

  /// Reads a manifest and what it extends.
  ///
  /// - Parameters:
  ///   - source: the manifest.
  ///   - read: gives the source of a path.
  /// - Throws: ``Failure`` (manifest invalid).
  init(_ source: ManifestSource, read: (String) throws -> ManifestSource) throws {
    var chain: [(source: ManifestSource, root: YAMLNode)] = []
    var next: ManifestSource? = source
    while let current = next {
      let root = try YAMLNode.parse(current.text, file: current.path)
      try Manifest.checkSchema(root)
      chain.append((current, root))
      next = try root[ManifestKey.extends].map { node in
        try Self.base(node, of: current, chain: chain.map(\.source), read)
      }
    }
    sources = chain.map(\.source)
    root = chain.dropLast().reversed().reduce(chain[chain.count - 1].root) {
      $0.extended(by: $1.root)
    }
  }

  private static func base(
    _ node: YAMLNode, of source: ManifestSource, chain: [ManifestSource],
    _ read: (String) throws -> ManifestSource
  ) throws -> ManifestSource {
    let name = try node.string()
    guard chain.count < maximumDepth else {
      throw Failure(
        .manifestInvalid, "more than \(maximumDepth) manifests extend one another",
        location: node.location)
    }
    let folder = source.path.lastIndex(of: "/").map { source.path[...$0] } ?? ""
    let path = name.hasPrefix("/") ? name : folder + name
    if chain.contains(where: { $0.path == path }) {
      throw Failure(
        .manifestInvalid, "the manifest extends itself",
        location: node.location, why: chain.map(\.path).joined(separator: " extends "))
    }
    do {
      return try read(path)
    } catch var failure as Failure {
      failure.location = failure.location ?? node.location
      throw failure
    }
  }
}

extension YAMLNode {
  /// This manifest with the content of one that extends it.
  ///
  /// Mappings are merged key by key, and what the other one says wins; claims are merged by their
  /// `id`. Everything else, lists included, is replaced. The name of the study is not taken over.
  fileprivate func extended(by other: YAMLNode) -> YAMLNode {
    let inherited = without([ManifestKey.study, ManifestKey.extends])
    return inherited.merged(with: other, path: "")
  }

  private func without(_ keys: [String]) -> YAMLNode {
    guard case .mapping(let entries) = value else { return self }
    return YAMLNode(.mapping(entries.filter { !keys.contains($0.key) }), location: location)
  }

  private func merged(with other: YAMLNode, path: String) -> YAMLNode {
    switch (value, other.value) {
    case (.mapping(let old), .mapping(let new)):
      // A sweep is replaced as a whole, as that of a profile replaces the manifest's.
      if path == ManifestKey.sweep || path.hasSuffix(".\(ManifestKey.sweep)") { return other }
      var entries = old
      for entry in new {
        guard let index = entries.firstIndex(where: { $0.key == entry.key }) else {
          entries.append(entry)
          continue
        }
        let inner = path.isEmpty ? entry.key : "\(path).\(entry.key)"
        entries[index] = Entry(
          key: entry.key, keyLocation: entry.keyLocation,
          value: entries[index].value.merged(with: entry.value, path: inner))
      }
      return YAMLNode(.mapping(entries), location: other.location)
    case (.sequence(let old), .sequence(let new)) where path == ManifestKey.claims:
      let names = Set(new.compactMap { $0["id"]?.scalarText })
      let kept = old.filter { claim in !(claim["id"]?.scalarText.map(names.contains) ?? false) }
      return YAMLNode(.sequence(kept + new), location: other.location)
    default: return other
    }
  }
}
