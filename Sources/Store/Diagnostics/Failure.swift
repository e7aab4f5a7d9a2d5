/// An error meant for the user: what went wrong and where, why, and what to do about it.
///
/// Rendered as
///
///     manifest.yaml:3:5: unknown key 'stepz' in 'pretrain'
///       why: allowed are batch, clip, lr, steps
///       help: did you mean 'steps'?
///
/// Names taken from files should go through ``quote(_:)``, so that a hostile name can neither
/// flood the terminal nor send it control sequences.
public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
  /// Status the process leaves with when nobody handles this failure.
  public var exitCode: ExitCode
  /// What went wrong, in one line without a full stop.
  public var what: String
  /// Where it was found, when there is a text file.
  public var location: SourceLocation?
  /// The value seen, what is allowed, or the reason given by the operating system.
  public var why: String?
  /// What the user can do.
  public var help: String?

  /// Creates a failure.
  public init(
    _ exitCode: ExitCode, _ what: String, location: SourceLocation? = nil, why: String? = nil,
    help: String? = nil
  ) {
    self.exitCode = exitCode
    self.what = what
    self.location = location
    self.why = why
    self.help = help
  }

  /// The whole message; lines after the first are indented.
  public var description: String {
    var text = location.map { "\($0): \(what)" } ?? what
    if let why { text += "\n  why: \(Failure.indented(why))" }
    if let help { text += "\n  help: \(Failure.indented(help))" }
    return text
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n    ")
  }

  /// Puts a text of unknown origin between single quotes, made harmless by ``printable(_:limit:)``.
  public static func quote(_ text: String, limit: Int = 80) -> String {
    "'\(printable(text, limit: limit))'"
  }

  /// A text of unknown origin in a form that a terminal cannot misunderstand.
  ///
  /// Control characters and characters that change the direction of text are escaped as
  /// `\u{…}`, and a text of more than `limit` characters is cut.
  public static func printable(_ text: String, limit: Int = 80) -> String {
    var printable = ""
    for (index, scalar) in text.unicodeScalars.enumerated() {
      if index == limit { return printable + "…" }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        printable += scalar.escaped(asASCII: true)
      default:
        printable.unicodeScalars.append(scalar)
      }
    }
    return printable
  }

  /// A path between quotes. Paths are shown whole: a cut path helps nobody.
  public static func quote(path: String) -> String { quote(path, limit: pathLimit) }

  /// The longest path that the system knows.
  static let pathLimit = 4096
}
