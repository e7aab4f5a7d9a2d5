import Datasets
import Store

/// `modlab data`: the published data sets of the data folder.
enum DataVerb {
  static let verb = Verb(
    "data", "list, fetch and verify published data sets",
    discussion: """
      Data sets are in the data folder (--data), one folder each. Sizes and SHA-256 checksums of the
      published files are known. If an experiment needs a set that is missing, its message names the
      command that fetches it.
      """,
    examples: [
      Example("modlab data list", "see what there is, and what is here already"),
      Example("modlab data fetch mnist", "download a set into data/mnist"),
      Example("modlab data fetch mnist --from ~/Downloads", "take a copy that is on this machine"),
      Example("modlab data verify", "compare all sets that are here with the published checksums"),
    ],
    verbs: [
      Verb(
        "list", "show the data sets, where they come from and whether they are present",
        operand: operand(.any, "data sets (default: all)"), options: [ManifestOptions.data],
        action: list),
      Verb(
        "fetch", "download data sets, or take local copies with --from",
        discussion: """
          Every file is compared with the published checksum before it gets its final name. Files
          that are already present and valid are not downloaded again, and the same command resumes
          an interrupted download. Proxies are taken from https_proxy and no_proxy.
          """,
        operand: operand(.many, "data sets to fetch"),
        options: [
          ManifestOptions.data,
          Option(
            "from", .text(placeholder: "DIR", completion: .folders),
            "take copies from this folder: files as published, recompressed or unpacked, or "
              + "the published archive"),
          Option(
            "mirror", .text(placeholder: "URL", completion: .none),
            otherwise: "where the authors publish",
            "fetch from URL/NAME/FILE instead"),
          .flag(
            "allow-unverified",
            "with --from, take files that are not the published ones, with a warning"),
        ],
        action: fetch),
      Verb(
        "verify", "compare files with the published sizes and checksums",
        discussion: """
          The exit code is 4 if a file is missing or is not the published one. Without names, sets
          that are not present at all are omitted. Some sets are published without checksums; their
          files are accepted.
          """,
        operand: operand(.any, "data sets (default: all that are present)"),
        options: [ManifestOptions.data], action: verify),
    ])

  private static func operand(_ count: Operand.Count, _ summary: String) -> Operand {
    Operand("NAME", count, completion: .words(OfficialDataSet.all.map(\.name)), summary)
  }

  /// The sets that the operands name, each once; nil when there are no operands.
  ///
  /// - Throws: ``Failure`` (usage) for an unknown name.
  static func sets(_ arguments: Arguments) throws -> [OfficialDataSet]? {
    guard !arguments.operands.isEmpty else { return nil }
    var sets: [OfficialDataSet] = []
    for name in arguments.operands {
      guard let set = OfficialDataSet.named(name) else {
        let names = OfficialDataSet.all.map(\.name)
        throw Failure(
          .usage, "unknown data set \(Failure.quote(name))",
          why: "the data sets are " + names.joined(separator: ", "),
          help: Suggestion.help(for: name, among: names) ?? "see 'modlab data list'")
      }
      if !sets.contains(set) { sets.append(set) }
    }
    return sets
  }

  // MARK: - List

  @Sendable private static func list(_ invocation: Invocation) throws -> ExitCode {
    let folder = ManifestOptions.dataFolder(invocation.arguments)
    let sets = try sets(invocation.arguments) ?? OfficialDataSet.all
    let width = sets.map(\.name.count).max() ?? 0
    for set in sets {
      let present = folder.presentCount(of: set)
      let size = set.downloadSize.map(ByteCount.text) ?? "size not published"
      let indentation = String(repeating: " ", count: width + 2)
      let presence =
        present == 0
        ? "not present" : "\(present) of \(set.files.count) files in \(folder.path)/\(set.name)"
      try invocation.console.result(
        """
        \(set.name.padding(to: width + 2))\(set.summary)
        \(indentation)\(size); licence: \(set.license); \(presence)
        \(indentation)\(set.citation)

        """)
      try invocation.console.record(
        "modlab-data-set-1",
        [
          "name": .string(set.name), "summary": .string(set.summary),
          "license": .string(set.license), "citation": .string(set.citation),
          "bytes": set.downloadSize.map { .integer($0) } ?? .null,
          "files": .integer(set.files.count), "files_present": .integer(present),
          "path": .string("\(folder.path)/\(set.name)"),
          "addresses": .array(
            set.downloads.flatMap(\.addresses).map { .string($0) }),
        ])
    }
    return .success
  }

  // MARK: - Verify

  @Sendable private static func verify(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    let folder = ManifestOptions.dataFolder(invocation.arguments)
    let sets =
      try sets(invocation.arguments)
      ?? OfficialDataSet.all.filter { folder.presentCount(of: $0) > 0 }
    var table = TextTable([("set", .left), ("file", .left), ("state", .left), ("", .left)])
    var bad: [OfficialDataSet] = []
    for set in sets {
      for checked in try folder.check(set) {
        table.add([set.name, checked.file.name, checked.state.label, checked.state.reason])
        try console.record("modlab-data-file-1", members(set.name, checked))
        if !checked.state.isUsable, !bad.contains(set) { bad.append(set) }
      }
    }
    if sets.isEmpty { console.message("there is no data set in \(folder.path)") }
    if !table.isEmpty { try console.result(table.rendered()) }
    for set in bad {
      console.message(
        "\(set.name): '\(folder.fetchCommand(set))' fetches what is missing or wrong")
    }
    return bad.isEmpty ? .success : .dataMissing
  }

  static func members(_ set: String, _ checked: DataFolder.CheckedFile) -> [String: JSONValue] {
    var members: [String: JSONValue] = [
      "set": .string(set), "file": .string(checked.file.name), "path": .string(checked.path),
      "state": .string(checked.state.label),
    ]
    switch checked.state {
    case .verified, .missing: break
    case .wrongSize(let expected, let found):
      members["expected_bytes"] = .integer(expected)
      members["found_bytes"] = .integer(found)
    case .wrongChecksum(let expected, let found):
      members["expected_sha256"] = .string(expected)
      members["found_sha256"] = .string(found)
    case .unverifiable(let found): members["found_sha256"] = .string(found)
    case .damaged(let why): members["why"] = .string(why)
    }
    return members
  }
}
