import Store

/// All verbs and options of a program, from which parsing, help and completion are made.
public struct Grammar: Sendable {
  /// The name of the program.
  public let program: String
  /// One line on what the program is for.
  public let summary: String
  /// The verbs in the order of the help.
  public let verbs: [Verb]

  /// Creates a grammar.
  public init(program: String, summary: String, verbs: [Verb]) {
    self.program = program
    self.summary = summary
    self.verbs = verbs
  }

  /// The options that every verb understands.
  static let commonOptions: [Option] = [
    .flag("json", "one JSON object per line on standard output"),
    .flag("quiet", short: "q", "only results and errors"),
    .flag("verbose", short: "v", "more detail"),
    Option("color", .choice(["auto", "always", "never"]), default: "auto", "colours"),
    .flag("help", short: "h", "show this help"),
  ]

  /// What a command line asks for.
  public enum Request: Sendable {
    /// Do what a verb does.
    case perform(Verb, Arguments)
    /// Show the help of the program (empty path) or of a verb.
    case help([Verb], Arguments)
    /// Show the version.
    case version(Arguments)
  }

  /// Finds out what a command line asks for.
  ///
  /// - Parameter words: the command line without the name of the program.
  /// - Throws: ``Failure`` (usage) with the nearest valid name when something is misspelt.
  public func parse(_ words: [String]) throws -> Request {
    var parser = ArgumentParser(grammar: self, words: words)
    return try parser.parse()
  }

  /// The verbs along a path of names such as `["mask", "overlap"]`.
  ///
  /// - Throws: ``Failure`` (usage) when a name is unknown.
  func path(_ names: [String]) throws -> [Verb] {
    var path: [Verb] = []
    for name in names {
      path.append(try verb(named: name, after: path))
    }
    return path
  }

  /// The verb with a name, among those of the program or of the last verb of the path.
  func verb(named name: String, after path: [Verb]) throws -> Verb {
    let candidates = path.last?.verbs ?? verbs
    if let verb = candidates.first(where: { $0.name == name }) { return verb }
    let visible = candidates.filter { !$0.isHidden }.map(\.name)
    let command = ([program] + path.map(\.name)).joined(separator: " ")
    throw Failure(
      .usage, "unknown verb \(Failure.quote(name)) of '\(command)'",
      why: "the verbs are " + visible.joined(separator: ", "),
      help: Suggestion.help(for: name, among: visible) ?? "see '\(command) --help'")
  }
}
