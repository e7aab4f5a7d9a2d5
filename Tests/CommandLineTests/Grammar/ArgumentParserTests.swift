import Store
import Testing

@testable import CommandLine

@Suite struct ArgumentParserTests {
  private static let grammar = Grammar(
    program: "tool", summary: "does things",
    verbs: [
      Verb(
        "make", "make things", operand: Operand("THING", .many, "what to make"),
        options: [
          Option("size", short: "s", .text(placeholder: "N", completion: .none), "how large"),
          Option(
            "set", .text(placeholder: "K=V", completion: .none), isRepeatable: true, "a setting"),
          Option("kind", .choice(["round", "square"]), "what shape"),
          Option("skip", .choices(["left", "right"]), "what to leave out"),
          .flag("force", short: "f", "no questions"),
        ]
      ) { _ in .success },
      Verb(
        "group", "several verbs",
        verbs: [
          Verb("one", "the first", operand: Operand("A", .exactly(2), "two things")) { _ in
            .success
          },
          Verb(
            "two", "the second", operand: Operand("B", .optional, "perhaps one"),
            options: [
              Option(
                "to", .text(placeholder: "DIR", completion: .folders), isRequired: true, "where")
            ]
          ) { _ in .success },
        ]),
      Verb("bare", "no arguments") { _ in .success },
      Verb("hidden", "not shown", isHidden: true) { _ in .success },
    ])

  private func parse(_ line: String) throws -> (verb: String, arguments: Arguments) {
    let words = line.split(separator: " ").map(String.init)
    guard case .perform(let verb, let arguments) = try Self.grammar.parse(words) else {
      throw Failure(.internalError, "no verb")
    }
    return (verb.name, arguments)
  }

  private func failure(_ line: String) -> Failure? {
    #expect(throws: Failure.self) { try parse(line) }
  }

  @Test(arguments: [
    "make a b --size 3 -f", "make --size=3 a --force b", "make -s 3 a b -f", "make a -s3 -f b",
    "make -fs3 a b", "make -f -s=3 -- a b", "--json make a b -fs 3",
  ])
  func allSpellingsMeanTheSame(line: String) throws {
    let (verb, arguments) = try parse(line)
    #expect(verb == "make")
    #expect(arguments.operands == ["a", "b"])
    #expect(arguments.text("size") == "3")
    #expect(arguments.flag("force"))
    #expect(arguments.flag("json") == line.hasPrefix("--json"))
  }

  @Test func afterTwoDashesEverythingIsAnOperand() throws {
    #expect(try parse("make -- --size -f").arguments.operands == ["--size", "-f"])
    #expect(try parse("make -").arguments.operands == ["-"])
  }

  @Test func repeatedOptionsKeepTheirOrder() throws {
    let arguments = try parse("make a --set x=1 --set y=2").arguments
    #expect(arguments.texts("set") == ["x=1", "y=2"])
    #expect(try parse("make a --skip left,right").arguments.words("skip") == ["left", "right"])
    #expect(try parse("make a -q -q").arguments.flag("quiet"))
  }

  @Test func valuesMayLookLikeNumbersOrOptionsOfOthers() throws {
    #expect(try parse("make a --size -3").arguments.text("size") == "-3")
    #expect(try parse("make a --size --to").arguments.text("size") == "--to")
    #expect(try parse("make a --size=--force").arguments.text("size") == "--force")
    #expect(try parse("make a --set=x=1=2").arguments.text("set") == "x=1=2")
  }

  @Test func verbsOfAGroupAreFound() throws {
    #expect(try parse("group one a b").verb == "one")
    #expect(try parse("group two --to x").arguments.text("to") == "x")
    #expect(try parse("hidden").verb == "hidden")
  }

  @Test(arguments: [
    ("maek a", "unknown verb 'maek' of 'tool'", "did you mean 'make'?"),
    ("group on a b", "unknown verb 'on' of 'tool group'", "did you mean 'one'?"),
    ("make a --sise 3", "unknown option '--sise' of 'tool make'", "did you mean '--size'?"),
    ("make a --forse", "unknown option '--forse' of 'tool make'", "did you mean '--force'?"),
    ("make a --kind roud", "'roud' is not a value of --kind", "did you mean 'round'?"),
    ("make a --skip left,rigth", "'rigth' is not a value of --skip", "did you mean 'right'?"),
    ("make a -x", "unknown option '-x' of 'tool make'", "see 'tool make --help'"),
    ("make a --size", "--size needs a value", "write --size N"),
    ("make a --size --force", "--size needs a value", "write --size N"),
    ("make a --force=1", "--force takes no value, but has '1'", "write --force alone"),
    ("make a --size 1 --size 2", "--size is given twice", "give it once"),
    ("group two", "'tool group two' needs --to", "add --to DIR"),
    ("make", "'tool make' needs at least one THING", "usage: tool make THING… [options]"),
    ("group one a", "'tool group one' takes 2 × A, not 1", "usage: tool group one A A [options]"),
    (
      "group two a b --to x", "'tool group two' takes one B, not 2",
      "usage: tool group two [B] --to DIR [options]"
    ),
    ("bare a", "'tool bare' takes no argument, but has 'a'", "usage: tool bare [options]"),
    ("group", "a verb is missing after 'tool group'", "see 'tool group --help'"),
    ("--json", "a verb is missing after 'tool'", "see 'tool --help'"),
    ("--size 3", "unknown option '--size' of 'tool'", "see 'tool --help'"),
  ])
  func mistakesAreExplained(line: String, what: String, help: String) {
    let failure = failure(line)
    #expect(failure?.exitCode == .usage)
    #expect(failure?.what == what)
    #expect(failure?.help == help)
  }

  @Test(arguments: [
    (["make", "a", "--size", ""], "--size of 'tool make' is empty"),
    (["make", "a", "--size="], "--size of 'tool make' is empty"),
    (["make", "a", "-s", ""], "--size of 'tool make' is empty"),
    (["make", "a", "--set", "x=1", "--set", ""], "--set of 'tool make' is empty"),
    (["make", "a", ""], "THING of 'tool make' is empty"),
    (["make", "--", ""], "THING of 'tool make' is empty"),
    (["group", "two", "--to", "", "b"], "--to of 'tool group two' is empty"),
    (["group", "two", "--to", "x", ""], "B of 'tool group two' is empty"),
    (["bare", ""], "argument of 'tool bare' is empty"),
  ])
  func whatAnUnsetVariableLeavesIsRefused(words: [String], what: String) {
    let failure = #expect(throws: Failure.self) { try Self.grammar.parse(words) }
    #expect(failure?.exitCode == .usage)
    #expect(failure?.what == what)
    #expect(failure?.why?.contains("not set") == true)
  }

  @Test func hiddenVerbsAreNeverSuggested() {
    #expect(failure("hiden")?.help == "see 'tool --help'")
    #expect(failure("hiden")?.why?.contains("hidden") == false)
  }

  @Test func helpAndVersionAreRequestsOfTheirOwn() throws {
    func path(_ words: [String]) throws -> [String]? {
      guard case .help(let path, _) = try Self.grammar.parse(words) else { return nil }
      return path.map(\.name)
    }
    #expect(try path([]) == [])
    #expect(try path(["--help"]) == [])
    #expect(try path(["help"]) == [])
    #expect(try path(["help", "group", "one"]) == ["group", "one"])
    #expect(try path(["group", "one", "-h"]) == ["group", "one"])
    // Help wins over what is missing.
    #expect(try path(["group", "two", "--help"]) == ["group", "two"])
    guard case .version = try Self.grammar.parse(["--version"]) else {
      Issue.record("no version")
      return
    }
    #expect(throws: Failure.self) { try Self.grammar.parse(["help", "maek"]) }
  }

  @Test func numbersAreChecked() throws {
    let arguments = try parse("make a --size 5 --set 1e3").arguments
    #expect(try arguments.integer("size", in: 1...5) == 5)
    #expect(try arguments.integer("kind", in: 1...5) == nil)
    #expect(try arguments.number("set", atLeast: 0) == 1000)
    let failures = [
      #expect(throws: Failure.self) { try arguments.integer("size", in: 1...4) },
      #expect(throws: Failure.self) { try arguments.integer("set", in: 1...4) },
      #expect(throws: Failure.self) { try arguments.number("size", atLeast: 6) },
    ]
    #expect(failures.allSatisfy { $0?.exitCode == .usage })
    #expect(failures[0]?.why == "a whole number of 1 to 4 is needed")
  }

  @Test func everyVerbHasExamplesThatAreUnderstood() throws {
    func examples(_ verb: Verb) -> [Example] { verb.examples + verb.verbs.flatMap(examples) }
    for verb in Terminal.command.grammar.verbs where !verb.isHidden {
      #expect(!examples(verb).isEmpty, "\(verb.name)")
      for example in examples(verb) {
        #expect(!example.summary.hasSuffix("."), "\(example.summary)")
        // What stands before 'modlab', as in 'watch modlab status', and after a pipe is the shell's.
        let words = example.command.split(separator: " ").map(String.init)
        let start = try #require(words.firstIndex { $0.hasSuffix("modlab") }, "\(example.command)")
        let own = words[(start + 1)...].prefix { $0 != "|" }
          .map { $0.hasSuffix(")") ? String($0.dropLast()) : $0 }
        guard case .perform(let found, _) = try Terminal.command.grammar.parse(own) else {
          Issue.record("'\(example.command)' does nothing")
          continue
        }
        #expect(examples(verb).isEmpty || found.name == verb.name || !verb.verbs.isEmpty)
      }
    }
  }

  @Test func defaultsAreGivenOut() throws {
    let verb = Verb(
      "make", "for this test",
      operand: Operand("DIR", .optional, default: "here", "where"),
      options: [
        Option("size", .choice(["small", "big"]), default: "small", "how big"),
        Option("kind", .text(placeholder: "K", completion: .none), otherwise: "any", "which"),
      ]
    ) { _ in .success }
    let grammar = Grammar(program: "demo", summary: "for this test", verbs: [verb])
    func arguments(_ words: [String]) throws -> Arguments {
      guard case .perform(_, let arguments) = try grammar.parse(words) else {
        preconditionFailure("\(words)")
      }
      return arguments
    }
    let bare = try arguments(["make"])
    #expect(bare.required("size") == "small" && bare.text("kind") == nil)
    #expect(!bare.flag("size") && bare.texts("size") == [] && bare.operands == ["here"])
    let given = try arguments(["make", "there", "--size", "big"])
    #expect(given.required("size") == "big" && given.operands == ["there"])
    let help = HelpText.text(grammar: grammar, path: [verb])
    #expect(help.contains("how big (default: small)") && help.contains("which (default: any)"))
    #expect(help.contains("where (default: here)"))
  }

  @Test func theGrammarOfModlabIsConsistent() {
    func check(_ verb: Verb) {
      let names = verb.allOptions.map(\.name)
      #expect(Set(names).count == names.count, "two options of \(verb.name) have one name")
      let letters = verb.allOptions.compactMap(\.short)
      #expect(Set(letters).count == letters.count, "two options of \(verb.name) have one letter")
      #expect((verb.action == nil) == !verb.verbs.isEmpty)
      #expect(!verb.summary.hasSuffix("."))
      verb.verbs.forEach(check)
    }
    Terminal.command.grammar.verbs.forEach(check)
    let visible = Terminal.command.grammar.verbs.filter { !$0.isHidden }.map(\.name)
    #expect(
      visible == [
        "run", "plan", "status", "summarize", "check", "report", "verify", "gc", "show", "diff",
        "export", "init", "import", "describe", "predict", "tune", "mask", "cluster", "bench",
        "gradcheck",
        "data",
        "doctor",
        "completion",
        "version",
      ])
  }
}
