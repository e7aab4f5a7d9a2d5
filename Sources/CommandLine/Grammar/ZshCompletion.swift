/// Writes the completion script of zsh.
enum ZshCompletion {
  static func text(_ grammar: Grammar) -> String {
    let program = grammar.program
    var lines = [
      "#compdef \(program)",
      "# zsh completion of \(program); load it with: source <(\(program) completion zsh)",
      "_\(program)() {",
      "  local command=\"\" word",
      "  for word in ${words[2,CURRENT-1]}; do",
      "    [[ $word == -* ]] && continue",
      "    case \"$command\" in",
      "      '') command=\"$word\" ;;",
    ]
    let groups = CompletionScript.groups(grammar)
    if !groups.isEmpty {
      lines.append(
        "      \(groups.map(\.name).joined(separator: "|"))) command=\"$command $word\" ;;")
    }
    lines += ["    esac", "  done", "  case \"$command\" in"]
    lines += describe("", grammar.verbs.filter { !$0.isHidden })
    for group in groups { lines += describe(group.name, group.visibleVerbs) }
    for (path, verb) in CompletionScript.leaves(grammar) { lines += leaf(path, verb) }
    // Installed as a file in $fpath, the script is itself the body of the function when it is first
    // asked for a completion.
    lines += [
      "  esac", "}",
      "if [[ ${funcstack[1]} == _\(program) ]]; then _\(program) \"$@\"",
      "else compdef _\(program) \(program); fi", "",
    ]
    return lines.joined(separator: "\n")
  }

  private static func describe(_ command: String, _ verbs: [Verb]) -> [String] {
    var lines = ["    '\(command)')", "      local -a verbs=("]
    lines += verbs.map { "        " + CompletionScript.quoted("\($0.name):\($0.summary)") }
    return lines + ["      )", "      _describe verb verbs ;;"]
  }

  private static func leaf(_ path: [String], _ verb: Verb) -> [String] {
    var specifications: [String] = []
    for option in verb.allOptions {
      let summary = option.summary.map { "[]:".contains($0) ? "\\\($0)" : "\($0)" }.joined()
      let value =
        option.takesValue
        ? ":\(option.name):\(action(CompletionScript.completion(of: option)))" : ""
      let star = option.isRepeatable ? "*" : ""
      specifications.append("\(star)--\(option.name)[\(summary)]\(value)")
      if let short = option.short {
        specifications.append("\(star)-\(short)[\(summary)]\(value)")
      }
    }
    if let operand = verb.operand {
      // A colon ends the name.
      let name = operand.name.map { $0 == ":" ? "\\:" : "\($0)" }.joined()
      specifications.append("*:\(name):\(action(operand.completion))")
    }
    let quoted = specifications.map { "        " + CompletionScript.quoted($0) }
    let depth = path.count
    return [
      "    '\(path.joined(separator: " "))')",
      "      shift \(depth - 1) words; (( CURRENT -= \(depth - 1) ))",
      "      _arguments \\", quoted.joined(separator: " \\\n") + " ;;",
    ]
  }

  private static func action(_ completion: Completion) -> String {
    switch completion {
    case .none: " "
    case .folders: "_files -/"
    case .words(let words): "(\(words.joined(separator: " ")))"
    case .files(let extensions):
      extensions.isEmpty ? "_files" : "_files -g \"*.(\(extensions.joined(separator: "|")))\""
    }
  }
}
