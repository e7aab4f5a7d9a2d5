import Foundation
import Store
import Testing

extension EndToEndTests {
  /// `make install` from the program that is built already.
  @Suite struct InstallTests {
    private static let tool =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path + "/tools/install"

    private func install(_ words: [String]) throws -> (code: Int32, output: String) {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Self.tool)
      process.arguments = words
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = pipe
      try process.run()
      let output = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    private func files(_ folder: String) throws -> [String] {
      try FileManager.default.subpathsOfDirectory(atPath: folder)
        .filter { !Folder.isFolder("\(folder)/\($0)") }.sorted()
    }

    /// The files of an installation: program, completions, manual, and the scripts in `plots` but for tests.
    private static let expected: [String] = {
      let plots =
        URL(fileURLWithPath: tool).deletingLastPathComponent()
        .deletingLastPathComponent().path + "/plots"
      let scripts = ((try? Folder.contents(at: plots)) ?? []).filter {
        ($0.hasSuffix(".py") && !$0.hasPrefix("test_")) || $0 == "requirements.txt"
      }
      return
        [
          "bin/modlab", "share/bash-completion/completions/modlab",
          "share/fish/vendor_completions.d/modlab.fish", "share/man/man1/modlab.1",
          "share/zsh/site-functions/_modlab",
        ] + scripts.map { "share/modlab/plots/\($0)" }
    }()

    @Test func theInstalledProgramRunsAndIsRemovedAgain() throws {
      try Modlab.inTemporaryFolder { modlab in
        let program = try #require(Modlab.program)
        let prefix = modlab.folder + "/a prefix"
        for _ in 0..<2 {
          let outcome = try install(["install", program, prefix])
          #expect(outcome.code == 0, "\(outcome.output)")
          #expect(outcome.output.contains("\(prefix)/bin is not in your PATH"))
          #expect(try files(prefix) == Self.expected.sorted())
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: prefix + "/bin/modlab")
        process.arguments = ["version"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(String(decoding: output, as: UTF8.self).hasPrefix("modlab "))
        let manual = try modlab.text("a prefix/share/man/man1/modlab.1")
        #expect(manual.contains(".SH EXIT STATUS"))

        #expect(try install(["uninstall", prefix]).code == 0)
        #expect(try files(prefix) == [])
        #expect(try install(["uninstall", prefix]).code == 0)
      }
    }

    @Test func aPackageIsMadeBelowAnotherFolder() throws {
      try Modlab.inTemporaryFolder { modlab in
        let program = try #require(Modlab.program)
        let outcome = try install(["install", program, "/opt/modlab", modlab.folder + "/root"])
        #expect(outcome.code == 0, "\(outcome.output)")
        #expect(try files(modlab.folder + "/root/opt/modlab") == Self.expected.sorted())
        #expect(!outcome.output.contains("PATH"))
      }
    }

    @Test func aProgramThatIsNotBuiltIsNamed() throws {
      try Modlab.inTemporaryFolder { modlab in
        let outcome = try install(["install", modlab.folder + "/none", modlab.folder])
        #expect(outcome.code == 1)
        #expect(outcome.output.contains("make build"))
      }
    }
  }
}
