import Store
import Synchronization
import Testing

@testable import CommandLine

@Suite struct TextTableTests {
  @Test func columnsAreAlignedAndLinesEndWithoutSpaces() {
    var table = TextTable([("name", .left), ("n", .right), ("remark", .left)])
    table.add(["a", "1", ""])
    table.add(["longer", "100", "2×3"])
    #expect(
      table.rendered() == """
        name      n  remark
        a         1
        longer  100  2×3

        """)
  }

  @Test func cellsCannotReachTheTerminal() {
    var table = TextTable([("a", .left), ("b", .left)])
    table.add(["\u{1B}[31m\n\u{202E}", String(repeating: "x", count: 10_000)])
    let text = table.rendered()
    #expect(text.hasSuffix("x…\n"))
    #expect(text.contains("\\u{1B}[31m\\n\\u{202E}  xxx"))
    #expect(text.count < 3000)
  }

  @Test func paintDoesNotMoveColumns() {
    var table = TextTable([("a", .left), ("b", .left)])
    table.add(["x", "y"])
    let text = table.rendered { _, column, text in column == 0 ? "<\(text)>" : text }
    #expect(text == "a  b\n<x>  y\n")
  }
}

@Suite struct ShortNumberTests {
  @Test(arguments: [
    (0.0, "0"), (0.97312, "0.9731"), (1, "1"), (-1234.56, "-1235"), (98_765_432, "98765432"),
    (0.0000123456, "1.235e-05"), (.nan, "NaN"), (.infinity, "inf"), (0.99999, "1"),
  ])
  func fourDigitsAreEnough(value: Double, text: String) {
    #expect(ShortNumber.text(value) == text)
  }

  @Test func countsAreGrouped() {
    let counts = [0, 12, 999, 1000, 1_234_567, -12_345].map(ShortNumber.grouped)
    #expect(counts == ["0", "12", "999", "1 000", "1 234 567", "-12 345"])
  }
}

@Suite struct ConsoleTests {
  private final class Texts: Sendable {
    private let texts = Mutex<(output: String, error: String)>(("", ""))

    func addOutput(_ text: String) { texts.withLock { $0.output += text } }
    func addError(_ text: String) { texts.withLock { $0.error += text } }
    var all: (output: String, error: String) { texts.withLock { $0 } }
  }

  /// What a console writes to standard output and to standard error.
  private func texts(
    isJSON: Bool = false, verbosity: Console.Verbosity = .normal, isColored: Bool = false,
    _ use: (Console) throws -> Void
  ) rethrows -> (output: String, error: String) {
    let texts = Texts()
    try use(
      Console(
        isJSON: isJSON, verbosity: verbosity, isOutputColored: isColored,
        isErrorColored: isColored, output: { texts.addOutput($0) },
        error: { texts.addError($0) }))
    return texts.all
  }

  private let failure = Failure(
    .manifestInvalid, "what", location: SourceLocation(file: "m.yaml", line: 3, column: 5),
    why: "why", help: "help")

  @Test func resultsAndRecordsExcludeEachOther() throws {
    let use = { (console: Console) in
      try console.result("text\n")
      try console.record("schema-1", ["b": 2, "a": "x"])
    }
    #expect(try texts(use).output == "text\n")
    #expect(
      try texts(isJSON: true, use).output == "{\"a\":\"x\",\"b\":2,\"schema\":\"schema-1\"}\n")
  }

  @Test func messagesFollowTheVerbosity() {
    let use = { (console: Console) in
      console.message("m")
      console.detail("d")
      console.warning("w")
    }
    #expect(texts(verbosity: .quiet, use).error == "")
    #expect(texts(use).error == "m\nwarning: w\n")
    #expect(texts(verbosity: .verbose, use).error == "m\nd\nwarning: w\n")
  }

  @Test func failuresAreAlwaysShown() throws {
    let text = texts(verbosity: .quiet) { $0.report(failure) }
    #expect(text.error == "error: m.yaml:3:5: what\n  why: why\n  help: help\n")
    #expect(text.output == "")
    let json = texts(isJSON: true) { $0.report(failure) }
    let record = try JSONValue.parse(json.output, file: "x")
    #expect(record["schema"] == "modlab-error-1")
    #expect(record["exit_code"] == 3)
    #expect(record["line"] == 3)
    #expect(record["help"] == "help")
    #expect(texts(isColored: true) { $0.report(failure) }.error.hasPrefix("\u{1B}[31merror:"))
  }

  @Test func coloursFollowOptionsAndEnvironment() throws {
    func console(_ words: [String], _ environment: [String: String]) throws -> Console {
      guard case .version(let arguments) = try Terminal.command.grammar.parse(["--version"] + words)
      else { throw failure }
      return .standard(arguments, environment: environment)
    }
    #expect(try console(["--color", "always"], ["NO_COLOR": "1"]).isOutputColored)
    #expect(try !console(["--color", "never"], [:]).isErrorColored)
    #expect(try !console([], ["NO_COLOR": "1"]).isErrorColored)
    #expect(try !console([], ["TERM": "dumb"]).isErrorColored)
    #expect(try console(["--json", "-q"], [:]).isJSON)
    #expect(try console(["--json", "-q"], [:]).verbosity == .quiet)
    #expect(try console(["-v"], [:]).verbosity == .verbose)
  }
}
