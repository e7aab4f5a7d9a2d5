import Foundation

/// Shows what happens while runs are being computed.
public protocol ProgressReporter: AnyObject {
  /// Something has happened.
  func report(_ event: SchedulerEvent, _ snapshot: SweepSnapshot)
  /// Time has passed; called several times a second.
  func tick(_ snapshot: SweepSnapshot)
  /// A text for the user that belongs to no run.
  func message(_ text: String)
  /// Nothing more will come.
  func end()
}

/// How progress is shown.
public enum ProgressStyle: Sendable, Equatable {
  /// Lines that are redrawn in place.
  case terminal
  /// Lines with a time that follow one another.
  case lines
  /// Only what went wrong.
  case quiet

  /// The style that fits where standard error goes.
  ///
  /// `TERM=dumb` and `CI` behave as if there were no terminal.
  public static func fitting(_ environment: [String: String], isQuiet: Bool) -> ProgressStyle {
    if isQuiet { return .quiet }
    let ci = environment["CI"] ?? ""
    let isPlain =
      environment["TERM"] == "dumb" || (!ci.isEmpty && ci != "false" && ci != "0")
      || isatty(STDERR_FILENO) != 1
    return isPlain ? .lines : .terminal
  }
}

/// Shows progress in several ways at once.
public final class CombinedReporter: ProgressReporter {
  private let reporters: [any ProgressReporter]

  /// Combines reporters.
  public init(_ reporters: [any ProgressReporter]) { self.reporters = reporters }

  /// Shows an event.
  public func report(_ event: SchedulerEvent, _ snapshot: SweepSnapshot) {
    reporters.forEach { $0.report(event, snapshot) }
  }
  /// Shows that time has passed.
  public func tick(_ snapshot: SweepSnapshot) { reporters.forEach { $0.tick(snapshot) } }
  /// Shows a text.
  public func message(_ text: String) { reporters.forEach { $0.message(text) } }
  /// Ends the display.
  public func end() { reporters.forEach { $0.end() } }
}
