import Foundation
import Runner
import Store

/// Where a verb writes: results to standard output, messages to standard error.
///
/// With `--json` results are JSON objects, one per line, each with a `schema`; the text of a result
/// is then left out.
public struct Console: Sendable {
  /// How much is said on standard error.
  public enum Verbosity: Int, Sendable, Comparable {
    case quiet, normal, verbose

    /// Whether one says less than the other.
    public static func < (a: Verbosity, b: Verbosity) -> Bool { a.rawValue < b.rawValue }
  }

  /// Whether results are JSON.
  public let isJSON: Bool
  /// How much is said on standard error.
  public let verbosity: Verbosity
  /// Whether results may be coloured.
  public let isOutputColored: Bool
  /// Whether messages may be coloured.
  public let isErrorColored: Bool
  private let output: @Sendable (String) throws -> Void
  private let error: @Sendable (String) -> Void

  /// Creates a console that writes through two closures.
  public init(
    isJSON: Bool = false, verbosity: Verbosity = .normal, isOutputColored: Bool = false,
    isErrorColored: Bool = false, output: @escaping @Sendable (String) throws -> Void,
    error: @escaping @Sendable (String) -> Void
  ) {
    self.isJSON = isJSON
    self.verbosity = verbosity
    self.isOutputColored = isOutputColored
    self.isErrorColored = isErrorColored
    self.output = output
    self.error = error
  }

  /// The console of the process, as the common options and the environment want it.
  ///
  /// Colours need a terminal that is not `dumb` and no `NO_COLOR`, unless `--color=always`.
  public static func standard(_ arguments: Arguments, environment: [String: String]) -> Console {
    let choice = arguments.required("color")
    func isColored(_ descriptor: Int32) -> Bool {
      switch choice {
      case "always": true
      case "never": false
      default:
        (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
          && isatty(descriptor) == 1
      }
    }
    return Console(
      isJSON: arguments.flag("json"),
      verbosity: arguments.flag("quiet") ? .quiet : arguments.flag("verbose") ? .verbose : .normal,
      isOutputColored: isColored(STDOUT_FILENO), isErrorColored: isColored(STDERR_FILENO),
      output: { try StandardStream.output.write($0) },
      error: { try? StandardStream.error.write($0) })
  }

  /// Writes a result in text form; nothing with `--json`.
  ///
  /// - Throws: ``Failure`` (input/output) when standard output cannot take it.
  public func result(_ text: String) throws {
    guard !isJSON else { return }
    try output(text)
  }

  /// Writes a result in JSON form; nothing without `--json`.
  ///
  /// - Throws: ``Failure`` (input/output) when standard output cannot take it.
  public func record(_ schema: String, _ members: [String: JSONValue]) throws {
    guard isJSON else { return }
    var object = members
    object["schema"] = .string(schema)
    try output(JSONValue.object(object).serialized() + "\n")
  }

  /// Writes a message to standard error, unless `--quiet`.
  public func message(_ text: String) {
    if verbosity >= .normal { error(text + "\n") }
  }

  /// Writes a message to standard error with `--verbose` only.
  public func detail(_ text: String) {
    if verbosity >= .verbose { error(text + "\n") }
  }

  /// Writes a warning to standard error, unless `--quiet`.
  public func warning(_ text: String) {
    message(Style.yellow.paint("warning:", isErrorColored) + " " + text)
  }

  /// Writes a failure to standard error, and as a record with `--json`.
  public func report(_ failure: Failure) {
    error(Style.red.paint("error:", isErrorColored) + " \(failure)\n")
    try? record("modlab-error-1", failure.json.objectValue ?? [:])
  }
}

/// Colours of a terminal.
package enum Style: String {
  case red = "31"
  case green = "32"
  case yellow = "33"
  case bold = "1"

  /// The text in this style when colours are wanted.
  package func paint(_ text: String, _ isColored: Bool) -> String {
    isColored ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
  }
}
