import Foundation
import Store
import Testing

@testable import CommandLine

@Suite struct ManualPageTests {
  private static let page: String = {
    let terminal = Terminal()
    _ = terminal.run(["reference", "--man"])
    return terminal.output
  }()

  @Test func thePageHasAllSectionsVerbsOptionsAndExitCodes() {
    let sections = Self.page.split(separator: "\n").filter { $0.hasPrefix(".SH ") }
      .map { String($0.dropFirst(4)) }
    #expect(
      sections == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "VERBS", "COMMON OPTIONS", "EXIT STATUS", "ENVIRONMENT",
        "FILES", "EXAMPLES",
      ])
    for (path, verb) in CompletionScript.leaves(Terminal.command.grammar) {
      #expect(Self.page.contains(".SS \"modlab \(path.joined(separator: " "))"), "\(path)")
      for option in verb.allOptions {
        let name = option.name.replacing("-", with: "\\-")
        #expect(Self.page.contains("\\fB\\-\\-\(name)\\fR"), "\(path) \(option.name)")
      }
    }
    for code in ExitCode.allCases { #expect(Self.page.contains("\\fB\(code.rawValue)\\fR")) }
    #expect(!Self.page.contains("slurm\\-task"))
  }

  @Test func theDocumentHasTheSameExitCodes() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("docs/commands.md")
    let document = try String(contentsOf: path, encoding: .utf8)
    for code in ExitCode.allCases {
      #expect(document.contains("\n| \(code.rawValue) | \(code.meaning) |\n"), "\(code)")
    }
  }

  @Test func noLineOfTextIsTakenForARequest() {
    let requests: Set = ["TH", "SH", "SS", "PP", "TP", "B", "I", "nf", "fi", "\\\""]
    for line in Self.page.split(separator: "\n") where line.hasPrefix(".") {
      let request = line.dropFirst().prefix { $0 != " " }
      #expect(requests.contains(String(request)), "\(line)")
    }
    #expect(!Self.page.split(separator: "\n").contains { $0.hasPrefix("'") })
  }
}
