/// Writes the completion scripts of the shells from the grammar.
public enum CompletionScript {
  /// The shells there are scripts for.
  public enum Shell: String, CaseIterable, Sendable {
    case bash, zsh, fish
  }

  /// The script of a shell.
  public static func text(for shell: Shell, grammar: Grammar) -> String {
    switch shell {
    case .bash: BashCompletion.text(grammar)
    case .zsh: ZshCompletion.text(grammar)
    case .fish: FishCompletion.text(grammar)
    }
  }

  /// The visible verbs that do something, each with the names that lead to it.
  static func leaves(_ grammar: Grammar) -> [(path: [String], verb: Verb)] {
    func leaves(_ verbs: [Verb], _ path: [String]) -> [(path: [String], verb: Verb)] {
      verbs.filter { !$0.isHidden }.flatMap { verb in
        verb.verbs.isEmpty
          ? [(path + [verb.name], verb)] : leaves(verb.verbs, path + [verb.name])
      }
    }
    return leaves(grammar.verbs, [])
  }

  /// The visible groups of verbs.
  static func groups(_ grammar: Grammar) -> [Verb] {
    grammar.verbs.filter { !$0.isHidden && !$0.verbs.isEmpty }
  }

  /// What a shell offers as the value of an option.
  static func completion(of option: Option) -> Completion {
    switch option.value {
    case .flag: .none
    case .text(_, let completion): completion
    case .choice(let words), .choices(let words): .words(words)
    }
  }

  /// The text within single quotes of a shell.
  static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}
