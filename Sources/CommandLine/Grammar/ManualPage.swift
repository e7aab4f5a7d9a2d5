import Store

/// Writes the manual page of a program from its grammar, in the macros of `man(7)`.
struct ManualPage {
  private let grammar: Grammar
  private let version: String
  /// Paragraphs on what the program is for.
  private let description: [String]
  /// Environment variables that the program reads, with what they do.
  private let variables: [(name: String, summary: String)]
  /// Files that the program reads and writes.
  private let files: [(name: String, summary: String)]

  /// Creates a page.
  init(
    _ grammar: Grammar, version: String, description: [String],
    variables: [(name: String, summary: String)], files: [(name: String, summary: String)]
  ) {
    self.grammar = grammar
    self.version = version
    self.description = description
    self.variables = variables
    self.files = files
  }

  /// The page as text.
  var text: String {
    let program = grammar.program
    var lines = [
      ".\\\" Written by '\(program) reference --man'.",
      ".TH \(program.uppercased()) 1 \"\" \"\(program) \(version)\" \"User Commands\"",
      ".SH NAME", "\(program) \\- " + escaped(grammar.summary),
      ".SH SYNOPSIS", ".B \(program)", ".I VERB", "[\\fIoptions\\fR]", ".SH DESCRIPTION",
    ]
    lines += description.flatMap { [".PP", escaped($0)] }.dropFirst()
    lines.append(".SH VERBS")
    for (path, verb) in CompletionScript.leaves(grammar) { lines += entry(path, verb) }
    lines.append(".SH COMMON OPTIONS")
    lines += Grammar.commonOptions.flatMap { item(option($0), remark($0)) }
    lines += item("\\fB\\-\\-version\\fR", "show the version")
    lines.append(".SH EXIT STATUS")
    lines += ExitCode.allCases.flatMap { item("\\fB\($0.rawValue)\\fR", $0.meaning) }
    lines.append(".SH ENVIRONMENT")
    lines += variables.flatMap { item("\\fB\(escaped($0.name))\\fR", $0.summary) }
    lines.append(".SH FILES")
    lines += files.flatMap { item("\\fI\(escaped($0.name))\\fR", $0.summary) }
    lines.append(".SH EXAMPLES")
    for (_, verb) in CompletionScript.leaves(grammar) {
      lines += verb.examples.flatMap { item("\\fB\(escaped($0.command))\\fR", $0.summary) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: - Parts

  private func entry(_ path: [String], _ verb: Verb) -> [String] {
    let operand = verb.operand.map { " \\fI\(escaped($0.usage))\\fR" } ?? ""
    var lines = [
      ".SS \"\(escaped(([grammar.program] + path).joined(separator: " ")))\(operand)\"",
      sentence(verb.summary),
    ]
    lines += discussion(verb.discussion)
    if let operand = verb.operand {
      lines += item("\\fI\(escaped(operand.name))\\fR", operand.fullSummary)
    }
    return lines + verb.options.flatMap { item(option($0), remark($0)) }
  }

  /// Paragraphs; indented lines keep their breaks.
  private func discussion(_ text: String) -> [String] {
    guard !text.isEmpty else { return [] }
    var lines = [".PP"]
    var isIndented = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix(" ") != isIndented, !line.isEmpty {
        isIndented.toggle()
        lines.append(isIndented ? ".nf" : ".fi")
      }
      lines.append(line.isEmpty ? ".PP" : escaped(String(line)))
    }
    if isIndented { lines.append(".fi") }
    // A paragraph without text is one too many.
    return lines.indices.filter { index in
      lines[index] != ".PP"
        || index + 1 < lines.count && !lines[index + 1].hasPrefix(".nf")
          && lines[index + 1] != ".PP"
    }.map { lines[$0] }
  }

  private func item(_ tag: String, _ text: String) -> [String] {
    [".TP", tag, sentence(text)]
  }

  private func option(_ option: Option) -> String {
    let short = option.short.map { "\\fB\\-\($0)\\fR, " } ?? ""
    let value = option.placeholder.map { " \\fI\(escaped($0))\\fR" } ?? ""
    return short + "\\fB\\-\\-" + escaped(option.name) + "\\fR" + value
  }

  private func remark(_ option: Option) -> String {
    option.summary + (option.defaultText.map { " (default: \($0))" } ?? "")
  }

  private func sentence(_ text: String) -> String {
    escaped(text.prefix(1).uppercased() + text.dropFirst()) + "."
  }

  /// Text that roff takes as it is.
  private func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "…": result += "..."
      case "×": result += "x"
      case "β": result += "beta"
      default: result.append(character)
      }
    }
    // A control character at the start of a line would begin a request.
    return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&" + result : result
  }
}
