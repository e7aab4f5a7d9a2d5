/// Writes the completion script of bash.
enum BashCompletion {
  static func text(_ grammar: Grammar) -> String {
    let program = grammar.program
    let visible = grammar.verbs.filter { !$0.isHidden }.map(\.name).joined(separator: " ")
    let groups = CompletionScript.groups(grammar)
    var lines = [
      "# bash completion of \(program); load it with: source <(\(program) completion bash)",
      "_\(program)() {",
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"",
      "  local command=\"\" word position",
      "  COMPREPLY=()",
      "  for ((position = 1; position < COMP_CWORD; position++)); do",
      "    word=\"${COMP_WORDS[position]}\"",
      "    [[ $word == -* ]] && continue",
      "    case \"$command\" in",
      "      '') command=\"$word\" ;;",
    ]
    if !groups.isEmpty {
      lines.append(
        "      \(groups.map(\.name).joined(separator: "|"))) command=\"$command $word\" ;;")
    }
    lines += ["    esac", "  done", "  case \"$command\" in"]
    lines.append("    '') COMPREPLY=($(compgen -W \"\(visible)\" -- \"$current\")) ;;")
    for group in groups {
      let names = group.visibleVerbs.map(\.name).joined(separator: " ")
      lines.append(
        "    '\(group.name)') COMPREPLY=($(compgen -W \"\(names)\" -- \"$current\")) ;;")
    }
    for (path, verb) in CompletionScript.leaves(grammar) { lines += leaf(path, verb) }
    lines += ["  esac", "}", "complete -o filenames -F _\(program) \(program)", ""]
    return lines.joined(separator: "\n")
  }

  private static func leaf(_ path: [String], _ verb: Verb) -> [String] {
    var lines = ["    '\(path.joined(separator: " "))')", "      case \"$previous\" in"]
    for option in verb.allOptions where option.takesValue {
      var names = "--\(option.name)"
      if let short = option.short { names += "|-\(short)" }
      let reply = generator(CompletionScript.completion(of: option))
      lines.append("        \(names)) \(reply)return ;;")
    }
    let names = verb.allOptions.map { "--\($0.name)" }.joined(separator: " ")
    lines += [
      "      esac",
      "      if [[ $current == -* ]]; then",
      "        COMPREPLY=($(compgen -W \"\(names)\" -- \"$current\"))",
      "      else",
      "        \(generator(verb.operand?.completion ?? .none)):",
      "      fi ;;",
    ]
    return lines
  }

  private static func generator(_ completion: Completion) -> String {
    switch completion {
    case .none: ""
    case .folders: "COMPREPLY=($(compgen -d -- \"$current\")); "
    case .words(let words):
      "COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\")); "
    case .files(let extensions):
      extensions.isEmpty
        ? "COMPREPLY=($(compgen -f -- \"$current\")); "
        : "COMPREPLY=($(compgen -d -- \"$current\") "
          + extensions.map { "$(compgen -f -X '!*.\($0)' -- \"$current\")" }
          .joined(separator: " ") + "); "
    }
  }
}
