import Runner
import Store

/// `modlab version`: what this program is.
enum VersionVerb {
  static let verb = Verb(
    "version", "show the version",
    discussion: """
      With --verbose also the commit that the program was built from, whether its sources had \
      changes that were not committed, and the SHA-256 of the file of the program. All of this is \
      recorded with every run.
      """,
    examples: [Example("modlab version -v", "show exactly which program this is")],
    action: { invocation in
      try show(invocation.build, invocation.console)
      return .success
    })

  static func show(_ build: BuildRecord, _ console: Console) throws {
    var text = "modlab \(ModlabVersion.text)\n"
    if console.verbosity == .verbose {
      text += "commit   \(build.text)\n"
      text += "build    \(buildType)\n"
      text += "sha256   \(ProgramDigest.ofThisProgram ?? "unknown")\n"
    }
    try console.result(text)
    guard console.isJSON else { return }
    try console.record(
      "modlab-version-1",
      [
        "version": .string(ModlabVersion.text),
        "git_commit": build.commit.map { .string($0) } ?? .null,
        "git_dirty": build.hasLocalChanges.map { .bool($0) } ?? .null,
        "build": .string(buildType),
        "program_sha256": ProgramDigest.ofThisProgram.map { .string($0) } ?? .null,
      ])
  }

  private static var buildType: String { BuildRecord.isDebugBuild ? "debug" : "release" }
}
