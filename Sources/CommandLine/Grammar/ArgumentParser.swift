import Store

/// Turns the words of a command line into a ``Grammar/Request``.
///
/// Options may stand anywhere, also before the verb when every verb has them; `--name value` and
/// `--name=value` mean the same, as do `-j 4` and `-j4`; flags may be bundled (`-qv`); everything
/// after `--` is an operand.
struct ArgumentParser {
  private let grammar: Grammar
  private var words: ArraySlice<String>
  private var path: [Verb] = []
  private var arguments = Arguments(defaultsOf: Grammar.commonOptions)
  private var wantsVersion = false

  init(grammar: Grammar, words: [String]) {
    self.grammar = grammar
    self.words = words[...]
  }

  mutating func parse() throws -> Grammar.Request {
    if words.first == "help" {
      words.removeFirst()
      let names = words.filter { !$0.hasPrefix("-") }
      return .help(try grammar.path(Array(names)), arguments)
    }
    while let word = words.popFirst() {
      if word == "--" {
        for operand in words { try take(operand: operand) }
        break
      } else if word.hasPrefix("--") {
        try take(long: String(word.dropFirst(2)))
      } else if word.hasPrefix("-"), word != "-" {
        try take(short: word.dropFirst())
      } else {
        try take(operand: word)
      }
    }
    if arguments.flag("help") { return .help(path, arguments) }
    if wantsVersion { return .version(arguments) }
    return try checked()
  }

  // MARK: - Words

  private var options: [Option] { path.last?.allOptions ?? Grammar.commonOptions }
  private var command: String { ([grammar.program] + path.map(\.name)).joined(separator: " ") }

  private mutating func take(operand word: String) throws {
    if let verb = path.last, verb.action != nil {
      guard !word.isEmpty else { throw empty(verb.operand?.name ?? "argument") }
      arguments.operands.append(word)
    } else {
      let verb = try grammar.verb(named: word, after: path)
      arguments.addDefaults(of: verb.options)
      path.append(verb)
    }
  }

  private mutating func take(long word: String) throws {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let attached = parts.count == 2 ? String(parts[1]) : nil
    if name == "version", path.isEmpty, attached == nil {
      wantsVersion = true
      return
    }
    guard let option = options.first(where: { $0.name == name }) else {
      throw unknownOption("--\(name)", name)
    }
    if option.takesValue {
      let value = try attached ?? nextValue(of: option)
      try store(value, of: option)
    } else if let attached {
      throw Failure(
        .usage, "--\(name) takes no value, but has \(Failure.quote(attached))",
        help: "write --\(name) alone")
    } else {
      try store("", of: option)
    }
  }

  private mutating func take(short letters: Substring) throws {
    var letters = letters
    while let letter = letters.popFirst() {
      guard let option = options.first(where: { $0.short == letter }) else {
        throw unknownOption("-\(letter)", String(letter))
      }
      guard option.takesValue else {
        try store("", of: option)
        continue
      }
      if letters.first == "=" { letters.removeFirst() }
      let value = letters.isEmpty ? try nextValue(of: option) : String(letters)
      try store(value, of: option)
      return
    }
  }

  private mutating func nextValue(of option: Option) throws -> String {
    // A word that is itself an option of this verb is not a value: its own value is missing.
    if let next = words.first, !isOption(next) {
      words.removeFirst()
      return next
    }
    throw Failure(
      .usage, "--\(option.name) needs a value",
      help: "write --\(option.name) \(option.placeholder ?? "VALUE")")
  }

  private func isOption(_ word: String) -> Bool {
    guard word.hasPrefix("--") else { return false }
    let name = word.dropFirst(2).prefix { $0 != "=" }
    return word == "--" || options.contains { $0.name == name }
  }

  private mutating func store(_ value: String, of option: Option) throws {
    switch option.value {
    case .flag: break
    case .text: if value.isEmpty { throw empty("--\(option.name)") }
    case .choice(let words): try check(value, among: words, of: option)
    case .choices(let words):
      for word in value.split(separator: ",", omittingEmptySubsequences: false) {
        try check(String(word), among: words, of: option)
      }
    }
    if !option.isRepeatable, option.takesValue, arguments.values[option.name] != nil {
      throw Failure(.usage, "--\(option.name) is given twice", help: "give it once")
    }
    arguments.values[option.name, default: []].append(value)
  }

  /// The failure for a word of no characters, which is what an unset variable of a script leaves.
  ///
  /// As a path it would be the root folder or the current one.
  private func empty(_ name: String) -> Failure {
    Failure(
      .usage, "\(name) of '\(command)' is empty",
      why: "it may be a variable of the shell that is not set",
      help: "give it a value, or leave it out")
  }

  private func check(_ value: String, among words: [String], of option: Option) throws {
    guard !words.contains(value) else { return }
    throw Failure(
      .usage, "\(Failure.quote(value)) is not a value of --\(option.name)",
      why: "allowed are " + words.joined(separator: ", "),
      help: Suggestion.help(for: value, among: words))
  }

  private func unknownOption(_ shown: String, _ name: String) -> Failure {
    let names = options.map { "--\($0.name)" }
    return Failure(
      .usage, "unknown option \(Failure.quote(shown)) of '\(command)'",
      why: "the options are " + names.joined(separator: ", "),
      help: Suggestion.nearest(to: name, among: options.map(\.name))
        .map { "did you mean '--\($0)'?" } ?? "see '\(command) --help'")
  }

  // MARK: - The whole

  private mutating func checked() throws -> Grammar.Request {
    guard let verb = path.last, verb.action != nil else {
      if path.isEmpty, arguments.values.isEmpty { return .help([], arguments) }
      throw Failure(
        .usage, "a verb is missing after '\(command)'",
        why: "the verbs are "
          + (path.last?.verbs ?? grammar.verbs).filter { !$0.isHidden }.map(\.name)
          .joined(separator: ", "),
        help: "see '\(command) --help'")
    }
    for option in verb.options where option.isRequired && !arguments.flag(option.name) {
      throw Failure(
        .usage, "'\(command)' needs --\(option.name)",
        help: "add --\(option.name) \(option.placeholder ?? "")")
    }
    if let failure = wrongOperands(of: verb) { throw failure }
    if arguments.operands.isEmpty, let value = verb.operand?.defaultValue {
      arguments.operands = [value]
    }
    return .perform(verb, arguments)
  }

  private func wrongOperands(of verb: Verb) -> Failure? {
    let given = arguments.operands.count
    let help = "usage: " + HelpText.usage(grammar: grammar, path: path)
    guard let operand = verb.operand else {
      guard let first = arguments.operands.first else { return nil }
      return Failure(
        .usage, "'\(command)' takes no argument, but has \(Failure.quote(first))", help: help)
    }
    switch operand.count {
    case .many where given == 0:
      return Failure(.usage, "'\(command)' needs at least one \(operand.name)", help: help)
    case .optional where given > 1:
      return Failure(.usage, "'\(command)' takes one \(operand.name), not \(given)", help: help)
    case .inOrder(let number) where given != number:
      return Failure(
        .usage, "'\(command)' takes \(number) arguments, not \(given)",
        why: "they are \(operand.name)", help: help)
    case .exactly(let number) where given != number:
      return Failure(
        .usage, "'\(command)' takes \(number) × \(operand.name), not \(given)", help: help)
    default:
      return nil
    }
  }
}
