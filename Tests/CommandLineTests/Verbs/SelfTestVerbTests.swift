import Tensors
import Testing

@testable import CommandLine

@Suite struct SelfTestVerbTests {
  @Test func theSelfTestPassesHere() {
    let tests = FloatingPointMode.flushingDenormals { SelfTest.all() }
    for test in tests { #expect(test.problem == nil, "\(test.name)") }
  }

  @Test func gradcheckTakesOneOperation() throws {
    let terminal = Terminal()
    #expect(terminal.run(["gradcheck", "relu", "--json"]) == .success)
    let records = try terminal.records
    #expect(!records.isEmpty)
    #expect(records.allSatisfy { $0["operation"] == "ReLU" && $0["passed"] == true })
    let unknown = Terminal()
    #expect(unknown.run(["gradcheck", "relo"]) == .usage)
    #expect(unknown.error.contains("did you mean 'ReLU'?"))
  }

  @Test func versionAndCompletionAreResults() throws {
    let version = Terminal()
    #expect(version.run(["version"]) == .success)
    #expect(version.output.wholeMatch(of: /modlab \d+\.\d+\.\d+\n/) != nil)
    let verbose = Terminal()
    #expect(verbose.run(["version", "-v"]) == .success)
    #expect(verbose.output.contains("commit   " + String(repeating: "c", count: 40)))
    #expect(verbose.output.contains("with local changes"))
    let completion = Terminal()
    #expect(completion.run(["completion", "fsh"]) == .usage)
    #expect(completion.error.contains("did you mean"))
    #expect(completion.run(["completion", "fish"]) == .success)
    #expect(completion.output.contains("complete -c modlab"))
  }
}
