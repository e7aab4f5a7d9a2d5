import Foundation
import Testing

@testable import CommandLine

@Suite struct CompletionScriptTests {
  private func script(_ shell: CompletionScript.Shell) -> String {
    CompletionScript.text(for: shell, grammar: Terminal.command.grammar)
  }

  /// What bash offers for a command line whose last word is being typed.
  private func bash(_ words: [String]) throws -> [String] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    let quoted = words.map { "'\($0)'" }.joined(separator: " ")
    process.arguments = [
      "-c",
      """
      source /dev/stdin
      COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1)
      _modlab
      printf '%s\\n' "${COMPREPLY[@]}"
      """,
    ]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(script(.bash).utf8))
    try input.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return text.split(separator: "\n").map(String.init)
  }

  @Test func bashCompletesVerbsOptionsAndValues() throws {
    #expect(try bash(["modlab", "pr"]) == ["predict"])
    #expect(try bash(["modlab", "s"]) == ["status", "summarize", "show"])
    #expect(try bash(["modlab", "mask", "o"]) == ["or", "overlap"])
    #expect(try bash(["modlab", "run", "--pro"]) == ["--profile"])
    #expect(try bash(["modlab", "run", "x.yaml", "--profile", "d"]) == ["desk"])
    #expect(try bash(["modlab", "--json", "completion", "z"]) == ["zsh"])
    #expect(try bash(["modlab", "mask", "and", "--ou"]) == ["--output"])
    #expect(try !bash(["modlab", ""]).contains("worker"))
    #expect(try !bash(["modlab", "sl"]).contains("slurm-task"))
    #expect(try bash(["modlab", "g"]) == ["gc", "gradcheck"])
    #expect(try bash(["modlab", "gc", "--y"]) == ["--yes"])
    #expect(try bash(["modlab", "run", "--sl"]) == ["--slurm"])
    #expect(try bash(["modlab", "run", "--executor", "s"]) == ["slurm"])
    #expect(try bash(["modlab", "run", "--slurm", "pa"]) == ["partition="])
    #expect(try bash(["modlab", "plan", "--sh"]) == ["--shard"])
    #expect(try bash(["modlab", "data", "f"]) == ["fetch"])
    #expect(try bash(["modlab", "data", "fetch", "mn"]) == ["mnist"])
    #expect(try bash(["modlab", "data", "fetch", "mnist", "--al"]) == ["--allow-unverified"])
  }

  @Test(arguments: CompletionScript.Shell.allCases)
  func everyVerbAndOptionIsKnown(shell: CompletionScript.Shell) {
    let text = script(shell)
    for (_, verb) in CompletionScript.leaves(Terminal.command.grammar) {
      #expect(text.contains(verb.name))
      for option in verb.allOptions {
        #expect(text.contains(shell == .fish ? "-l \(option.name)" : "--\(option.name)"))
      }
    }
    #expect(!text.contains("worker \(shell == .fish ? "-d" : ":")"))
    #expect(text.hasSuffix("\n"))
  }

  @Test func quotesOfTextsAreKept() {
    #expect(CompletionScript.quoted("what 'plan' shows") == "'what '\\''plan'\\'' shows'")
  }
}
