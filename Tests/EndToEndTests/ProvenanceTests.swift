import Foundation
import Store
import TestSupport
import Testing

extension EndToEndTests {
  /// The commit on record is that of the sources at the time of the build.
  @Suite struct ProvenanceTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path

    /// Runs a command of the shell in a folder.
    @discardableResult private func shell(_ script: String, in folder: String) throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-euc", script]
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      process.environment = ProcessInfo.processInfo.environment.merging([
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b", "GIT_CONFIG_GLOBAL": "/dev/null",
      ]) { $1 }
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let output = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(script)")
      return String(decoding: output, as: UTF8.self)
    }

    private static let hasGit = FileManager.default.isExecutableFile(atPath: "/usr/bin/git")

    /// Records the build of the sources in a folder.
    private func record(_ sources: String, _ folder: String) throws -> String {
      try shell("'\(Self.root)/tools/record-build' '\(sources)' out", in: folder)
      let bytes = try InputFile.bytes(at: folder + "/out/SourceRevision.swift")
      return String(decoding: bytes, as: UTF8.self)
    }

    @Test(.enabled(if: hasGit, "git is not installed"))
    func theBuildRecordsCommitAndChanges() throws {
      try withTemporaryFolder { folder in
        try shell(
          """
          mkdir -p sources/Sources sources/docs && cd sources && git init -q
          touch Package.swift Sources/a.swift docs/a.md && git add . && git commit -qm first
          """, in: folder)
        let sources = folder + "/sources"
        let commit = try shell("git rev-parse HEAD", in: sources).prefix(40)
        let clean = try record(sources, folder)
        #expect(clean.contains("commit: String? = \"\(commit)\""))
        #expect(clean.contains("hasLocalChanges: Bool? = false"))

        // Nothing new leaves the file alone, so that nothing is compiled again.
        let before = try shell("stat -c '%i %y' out/*", in: folder)
        _ = try record(sources, folder)
        let after = try shell("stat -c '%i %y' out/*", in: folder)
        #expect(before == after)

        // The program does not depend on documents, but on new files too.
        try shell("echo x >docs/a.md", in: sources)
        #expect(try record(sources, folder) == clean)
        try shell("touch Sources/new.swift", in: sources)
        #expect(try record(sources, folder).contains("hasLocalChanges: Bool? = true"))
      }
    }

    @Test func sourcesWithoutARepositoryOfTheirOwnHaveNoCommit() throws {
      try withTemporaryFolder { folder in
        try shell("mkdir -p plain outer/inner", in: folder)
        var places = ["plain"]
        if Self.hasGit {
          try shell(
            "cd outer && git init -q && touch inner/a && git add . && git commit -qm outer",
            in: folder)
          places.append("outer/inner")
        }
        for place in places {
          let text = try record("\(folder)/\(place)", folder)
          #expect(text.contains("commit: String? = nil"), "\(place)")
          #expect(text.contains("hasLocalChanges: Bool? = nil"), "\(place)")
        }
      }
    }

    @Test(.enabled(if: hasGit, "git is not installed"))
    func aCopiedProgramKeepsItsCommit() throws {
      try Modlab.inTemporaryFolder { modlab in
        let program = try #require(Modlab.program)
        try shell(
          """
          mkdir -p foreign/Sources/modlab foreign/bin && cd foreign && git init -q
          touch Sources/modlab/main.swift && git add . && git commit -qm foreign
          cp '\(program)' bin/modlab
          """, in: modlab.folder)
        let own = try modlab.run("version", "--json").output
        let copied = try shell("foreign/bin/modlab version --json", in: modlab.folder)
        #expect(own == copied)
        let record = try JSONValue.parse(own, file: "version")
        #expect(record["program_sha256"] == .string(try SHA256.file(at: program)))
      }
    }
  }
}
