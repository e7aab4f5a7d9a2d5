/// One option of a verb, such as `--profile NAME`.
///
/// Parsing, help, completion and the suggestion for a misspelt name all come from this value.
public struct Option: Sendable {
  /// What stands after the name.
  public enum Value: Sendable {
    /// Nothing: the option is there or not.
    case flag
    /// Any text; `placeholder` names it in the help.
    case text(placeholder: String, completion: Completion)
    /// One of a few words.
    case choice([String])
    /// Some of a few words, separated by commas.
    case choices([String])
  }

  /// The name without dashes.
  public let name: String
  /// The letter of the short form, without its dash.
  public let short: Character?
  /// What stands after the name.
  public let value: Value
  /// Whether the option may be given more than once.
  public let isRepeatable: Bool
  /// Whether the verb cannot do without it.
  public let isRequired: Bool
  /// One line for the help.
  public let summary: String
  /// The value that holds when the option is not given; ``Arguments`` gives it out.
  public let defaultValue: String?
  /// What happens when the option is not given and there is no single value for that, for the help.
  public let otherwise: String?

  /// Creates an option.
  ///
  /// - Precondition: a default value of a choice is one of its words.
  public init(
    _ name: String, short: Character? = nil, _ value: Value, isRepeatable: Bool = false,
    isRequired: Bool = false, default defaultValue: String? = nil, otherwise: String? = nil,
    _ summary: String
  ) {
    self.name = name
    self.short = short
    self.value = value
    self.isRepeatable = isRepeatable
    self.isRequired = isRequired
    self.summary = summary
    self.defaultValue = defaultValue
    self.otherwise = otherwise
    if case .choice(let words) = value, let defaultValue {
      precondition(words.contains(defaultValue), "--\(name) cannot be '\(defaultValue)'")
    }
  }

  /// Creates an option that is there or not.
  public static func flag(_ name: String, short: Character? = nil, _ summary: String) -> Option {
    Option(name, short: short, .flag, summary)
  }

  /// What holds when the option is not given, for the help.
  var defaultText: String? { defaultValue ?? otherwise }

  /// Whether a value stands after the name.
  var takesValue: Bool {
    if case .flag = value { false } else { true }
  }

  /// The name of the value in the help, nil for a flag.
  var placeholder: String? {
    switch value {
    case .flag: nil
    case .text(let placeholder, _): placeholder
    case .choice(let words): words.joined(separator: "|")
    case .choices(let words): words.joined(separator: ",")
    }
  }
}

/// What a shell offers when the user presses Tab.
public enum Completion: Sendable, Equatable {
  /// Nothing.
  case none
  /// Files with one of these extensions; any file when there are none.
  case files([String])
  /// Folders.
  case folders
  /// A few words.
  case words([String])
}

/// What stands on the command line without an option, such as `MANIFEST…`.
public struct Operand: Sendable {
  /// How often the operand is given.
  public enum Count: Sendable {
    /// Exactly so many times.
    case exactly(Int)
    /// So many different ones, one after the other, for which the name has a word each.
    case inOrder(Int)
    /// Once or not at all.
    case optional
    /// At least once.
    case many
    /// As often as one likes, or not at all.
    case any
  }

  /// The name in the help, in capitals.
  public let name: String
  /// How often it is given.
  public let count: Count
  /// One line for the help.
  public let summary: String
  /// What a shell offers.
  public let completion: Completion
  /// What holds when an optional operand is not given; ``Arguments`` gives it out.
  public let defaultValue: String?

  /// Creates an operand.
  public init(
    _ name: String, _ count: Count, completion: Completion = .none,
    default defaultValue: String? = nil, _ summary: String
  ) {
    self.name = name
    self.count = count
    self.completion = completion
    self.defaultValue = defaultValue
    self.summary = summary
  }

  /// The summary with the default, for the help.
  var fullSummary: String { summary + (defaultValue.map { " (default: \($0))" } ?? "") }

  /// How the operand is written in a usage line: `RUN RUN`, `[DIR]`, `MANIFEST…`, `[NAME…]`.
  var usage: String {
    switch count {
    case .exactly(let number): Array(repeating: name, count: number).joined(separator: " ")
    case .inOrder: name
    case .optional: "[\(name)]"
    case .many: "\(name)…"
    case .any: "[\(name)…]"
    }
  }
}
