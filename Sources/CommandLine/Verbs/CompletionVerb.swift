import Store

/// `modlab completion`: scripts that let shells complete verbs, options and files.
enum CompletionVerb {
  static let verb = Verb(
    "completion", "print the completion script of a shell",
    discussion: "'make install' puts the scripts where the shells look for them.",
    examples: [
      Example("source <(modlab completion bash)", "complete in this bash"),
      Example("source <(modlab completion zsh)", "complete in this zsh"),
      Example("modlab completion fish | source", "complete in this fish"),
    ],
    operand: Operand(
      "SHELL", .exactly(1), completion: .words(CompletionScript.Shell.allCases.map(\.rawValue)),
      "bash, zsh or fish"),
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let name = invocation.arguments.operands[0]
    let names = CompletionScript.Shell.allCases.map(\.rawValue)
    guard let shell = CompletionScript.Shell(rawValue: name) else {
      throw Failure(
        .usage, "no completion for the shell \(Failure.quote(name))",
        why: "there are \(names.joined(separator: ", "))",
        help: Suggestion.help(for: name, among: names))
    }
    let script = CompletionScript.text(for: shell, grammar: invocation.grammar)
    try invocation.console.result(script)
    try invocation.console.record(
      "modlab-completion-1", ["shell": .string(name), "script": .string(script)])
    return .success
  }
}
