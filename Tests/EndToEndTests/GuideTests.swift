import Foundation
import Testing

extension EndToEndTests {
  /// Every command of `docs/guide.md`, in its order, at toy size.
  @Suite struct GuideTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()

    /// The indented lines of the guide outside of fences, without those that need PyTorch, which the tests
    /// of the Python package run.
    private func commands() throws -> [String] {
      let guide = Self.root.appendingPathComponent("docs/guide.md")
      let outside = try String(contentsOf: guide, encoding: .utf8).components(separatedBy: "```")
        .enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
      return outside.flatMap { $0.components(separatedBy: "\n") }
        .filter { $0.hasPrefix("    ") }.map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.hasPrefix("python3 ") }
    }

    /// A command with which a reader computes for minutes takes seconds here.
    private func atToySize(_ command: String) -> String {
      let command = command.replacingOccurrences(of: "--seeds 3", with: "--seeds 1")
      let computes = command.hasPrefix("modlab run ") || command.hasPrefix("modlab plan ")
      return computes && !command.contains("--profile") ? command + " --profile smoke" : command
    }

    private func run(_ command: String, in folder: String) throws -> (code: Int32, text: String) {
      let program = try #require(Modlab.program)
      let path = URL(fileURLWithPath: program).deletingLastPathComponent().path
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = ["-c", command]
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      let inherited = ProcessInfo.processInfo.environment
      process.environment = inherited.merging(
        ["PATH": "\(path):\(inherited["PATH"] ?? "/bin:/usr/bin")"]
      ) { $1 }
      let pipe = Pipe()
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = pipe
      process.standardError = pipe
      try process.run()
      let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return (process.terminationStatus, text)
    }

    @Test func everyCommandOfTheGuideRuns() throws {
      let commands = try commands()
      #expect(commands.count > 20)
      #expect(commands.allSatisfy { $0.hasPrefix("modlab ") || $0.hasPrefix("grep ") })
      try Modlab.inTemporaryFolder { modlab in
        let files = FileManager.default
        try files.createDirectory(
          atPath: modlab.folder + "/docs", withIntermediateDirectories: true)
        for name in ["experiments", "docs/guide"] {
          try files.createSymbolicLink(
            atPath: "\(modlab.folder)/\(name)",
            withDestinationPath: Self.root.appendingPathComponent(name).path)
        }
        for command in commands {
          let outcome = try run(atToySize(command), in: modlab.folder)
          #expect(outcome.code == 0, "\(command)\n\(outcome.text)")
        }
      }
    }
  }
}
