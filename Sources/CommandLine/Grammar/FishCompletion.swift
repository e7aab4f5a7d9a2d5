/// Writes the completion script of fish.
enum FishCompletion {
  static func text(_ grammar: Grammar) -> String {
    let program = grammar.program
    var lines = [
      "# fish completion of \(program); load it with: \(program) completion fish | source",
      "complete -c \(program) -f",
    ]
    for verb in grammar.verbs where !verb.isHidden {
      lines.append(line(program, "__fish_use_subcommand", "-a \(verb.name)", verb.summary))
    }
    for group in CompletionScript.groups(grammar) {
      let names = group.visibleVerbs.map(\.name).joined(separator: " ")
      let condition =
        "__fish_seen_subcommand_from \(group.name); and not __fish_seen_subcommand_from \(names)"
      for verb in group.visibleVerbs {
        lines.append(line(program, condition, "-a \(verb.name)", verb.summary))
      }
    }
    for (path, verb) in CompletionScript.leaves(grammar) {
      let condition = path.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
      for option in verb.allOptions {
        var words = "-l \(option.name)"
        if let short = option.short { words += " -s \(short)" }
        if option.takesValue { words += value(CompletionScript.completion(of: option)) }
        lines.append(line(program, condition, words, option.summary))
      }
      if let operand = verb.operand, let words = operandWords(operand.completion) {
        lines.append(line(program, condition, words, operand.summary))
      }
    }
    return (lines + [""]).joined(separator: "\n")
  }

  private static func line(
    _ program: String, _ condition: String, _ words: String, _ summary: String
  ) -> String {
    "complete -c \(program) -n \(CompletionScript.quoted(condition)) \(words)"
      + " -d \(CompletionScript.quoted(summary))"
  }

  private static func value(_ completion: Completion) -> String {
    switch completion {
    case .none: " -x"
    case .folders: " -x -a '(__fish_complete_directories)'"
    case .words(let words): " -x -a '\(words.joined(separator: " "))'"
    case .files: " -r -F"
    }
  }

  private static func operandWords(_ completion: Completion) -> String? {
    switch completion {
    case .none: nil
    case .folders: "-a '(__fish_complete_directories)'"
    case .words(let words): "-a '\(words.joined(separator: " "))'"
    case .files: "-F"
    }
  }
}
