import Store

/// Writes the help of the program and of its verbs.
enum HelpText {
  private static let width = 80

  /// The help of the program (empty path) or of the last verb of a path.
  static func text(grammar: Grammar, path: [Verb]) -> String {
    guard let verb = path.last else { return program(grammar) }
    var sections = [
      "\(verb.summary.prefix(1).uppercased())\(verb.summary.dropFirst()).",
      wrap("usage: " + usage(grammar: grammar, path: path), width: width - 2)
        .joined(separator: "\n  "),
    ]
    if !verb.discussion.isEmpty { sections.append(paragraphs(verb.discussion)) }
    if let operand = verb.operand {
      sections.append(list("arguments", [(operand.usage, operand.fullSummary)]))
    }
    if !verb.visibleVerbs.isEmpty {
      sections.append(list("verbs", verb.visibleVerbs.map { ($0.name, $0.summary) }))
    }
    if !verb.options.isEmpty { sections.append(list("options", verb.options.map(row))) }
    sections.append(list("common options", Grammar.commonOptions.map(row)))
    if !verb.examples.isEmpty { sections.append(examples(verb.examples)) }
    return sections.joined(separator: "\n\n") + "\n"
  }

  /// `modlab run MANIFEST… [options]`
  static func usage(grammar: Grammar, path: [Verb]) -> String {
    var words = [grammar.program] + path.map(\.name)
    guard let verb = path.last else { return words[0] + " VERB [options]" }
    if !verb.verbs.isEmpty { words.append("VERB") }
    if let operand = verb.operand { words.append(operand.usage) }
    words += verb.options.filter(\.isRequired).map { "--\($0.name) \($0.placeholder ?? "")" }
    return words.joined(separator: " ") + " [options]"
  }

  private static func program(_ grammar: Grammar) -> String {
    let visible = grammar.verbs.filter { !$0.isHidden }
    return [
      "\(grammar.program): \(grammar.summary)",
      "usage: " + usage(grammar: grammar, path: []),
      list("verbs", visible.map { ($0.name, $0.summary) }),
      list(
        "common options",
        Grammar.commonOptions.map(row) + [("    --version", "show the version")]),
      list("exit status", ExitCode.allCases.map { (String($0.rawValue), $0.meaning) }),
      "'\(grammar.program) VERB --help' tells more about a verb.",
    ].joined(separator: "\n\n") + "\n"
  }

  private static func row(_ option: Option) -> (String, String) {
    let short = option.short.map { "-\($0), " } ?? "    "
    let value = option.placeholder.map { " \($0)" } ?? ""
    let remark = option.defaultText.map { " (default: \($0))" } ?? ""
    return (short + "--" + option.name + value, option.summary + remark)
  }

  private static func list(_ title: String, _ rows: [(String, String)]) -> String {
    let column = min(rows.map(\.0.count).max() ?? 0, 28) + 4
    let lines = rows.map { name, summary in
      let wrapped = wrap(summary, width: max(20, width - column))
      let first = "  " + name
      let indentation = String(repeating: " ", count: column)
      let rest = wrapped.joined(separator: "\n" + indentation)
      return first.count + 2 > column
        ? first + "\n" + indentation + rest
        : first.padding(to: column) + rest
    }
    return ([title + ":"] + lines).joined(separator: "\n")
  }

  /// Text in lines that fit; empty and indented lines stay as they are.
  private static func paragraphs(_ text: String) -> String {
    var lines: [String] = []
    var paragraph = ""
    func endParagraph() {
      if !paragraph.isEmpty { lines += wrap(paragraph, width: width) }
      paragraph = ""
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty || line.hasPrefix(" ") {
        endParagraph()
        lines.append(String(line))
      } else {
        paragraph += (paragraph.isEmpty ? "" : " ") + line
      }
    }
    endParagraph()
    return lines.joined(separator: "\n")
  }

  private static func examples(_ examples: [Example]) -> String {
    let lines = examples.flatMap { example in
      ["  " + wrap(example.command, width: width - 8).joined(separator: " \\\n    ")]
        + wrap(example.summary, width: width - 6).map { "      " + $0 }
    }
    return (["examples:"] + lines).joined(separator: "\n")
  }

  private static func wrap(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return lines + [line]
  }
}
