import ExperimentKit
import Runner
import Store

/// One verb of the command line, such as `modlab plan`, or a group of verbs, such as `modlab mask`.
public struct Verb: Sendable {
  /// What a verb does.
  public typealias Action = @Sendable (Invocation) throws -> ExitCode

  /// The word on the command line.
  public let name: String
  /// One line for the list of verbs.
  public let summary: String
  /// Paragraphs of help below the usage line. They are wrapped; indented lines stay as they are.
  public let discussion: String
  /// Command lines that show the verb at work.
  public let examples: [Example]
  /// What stands on the command line without an option.
  public let operand: Operand?
  /// The options, in the order of the help.
  public let options: [Option]
  /// The verbs of a group, empty for a verb that does something itself.
  public let verbs: [Verb]
  /// Whether help, completion and suggestions leave the verb out.
  public let isHidden: Bool
  /// What the verb does, nil for a group.
  let action: Action?

  /// Creates a verb that does something.
  public init(
    _ name: String, _ summary: String, discussion: String = "", examples: [Example] = [],
    operand: Operand? = nil, options: [Option] = [], isHidden: Bool = false,
    action: @escaping Action
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.examples = examples
    self.operand = operand
    self.options = options
    self.verbs = []
    self.isHidden = isHidden
    self.action = action
  }

  /// Creates a group of verbs.
  public init(
    _ name: String, _ summary: String, discussion: String = "", examples: [Example] = [],
    verbs: [Verb]
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.examples = examples
    self.operand = nil
    self.options = []
    self.verbs = verbs
    self.isHidden = false
    self.action = nil
  }

  /// The verbs that the help lists.
  var visibleVerbs: [Verb] { verbs.filter { !$0.isHidden } }

  /// The options of the verb together with those that every verb has.
  var allOptions: [Option] { options + Grammar.commonOptions }
}

/// A command line that shows a verb at work, for help and manual.
public struct Example: Sendable {
  /// The command line as a user types it.
  public let command: String
  /// What it does, in one sentence without a full stop.
  public let summary: String

  /// Creates an example.
  public init(_ command: String, _ summary: String) {
    self.command = command
    self.summary = summary
  }
}

/// A verb that was asked for, with everything it needs.
public struct Invocation: Sendable {
  /// What was given on the command line.
  public let arguments: Arguments
  /// Where results and messages go.
  public let console: Console
  /// The experiments that manifests may name.
  public let registry: KindRegistry
  /// What can compute runs.
  public let executors: Executors
  /// All verbs of the program.
  public let grammar: Grammar
  /// The sources of the program.
  public let build: BuildRecord
  /// The whole command line, program name first, for the record of a sweep.
  public let commandLine: [String]
}
