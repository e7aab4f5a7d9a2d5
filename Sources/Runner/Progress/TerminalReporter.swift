import Foundation

/// Shows progress in place: one line per worker and one for the whole, at most ten times a second.
///
/// What must stay, such as the message of a failed run, is written above; at the end the lines are
/// removed.
public final class TerminalReporter: ProgressReporter {
  private let logFile: (RunName) -> String
  private let isColored: Bool
  private let isVerbose: Bool
  private let width: () -> Int
  private let write: (String) -> Void
  private var drawnLines = 0
  private var lastDrawn = -1.0
  private static let interval = 0.1
  private static let mostLines = 16
  /// Leaves room for the time left in a window of 80 columns.
  private static let barWidth = 10

  /// Creates a reporter; checkpoints are shown when it is verbose, and `width` is asked before each drawing, since windows change.
  public init(
    logFile: @escaping (RunName) -> String, isColored: Bool,
    isVerbose: Bool = false,
    width: @escaping () -> Int = TerminalReporter.windowWidth, write: @escaping (String) -> Void
  ) {
    self.logFile = logFile
    self.isColored = isColored
    self.isVerbose = isVerbose
    self.width = width
    self.write = write
  }

  /// Shows an event.
  public func report(_ event: SchedulerEvent, _ snapshot: SweepSnapshot) {
    switch event {
    case .warning, .stopping, .submitted, .leaving: break
    case .checkpoint: guard isVerbose else { return }
    case .finished: guard EventText.isTrouble(event) else { return }
    default: return
    }
    if let line = EventText.line(event, isVerbose: isVerbose, logFile: logFile) {
      message(EventText.isTrouble(event) && isColored ? "\u{1B}[31m\(line)\u{1B}[0m" : line)
    }
  }

  /// Shows that time has passed.
  public func tick(_ snapshot: SweepSnapshot) {
    guard snapshot.elapsed - lastDrawn >= Self.interval else { return }
    lastDrawn = snapshot.elapsed
    let columns = max(20, width() - 1)
    let active = snapshot.active.compactMap(\.self)
    var lines = active.prefix(Self.mostLines).map { Self.line($0, columns) }
    // More lines than the window has could not be redrawn in place.
    if active.count > lines.count { lines.append("… and \(active.count - lines.count) more") }
    lines.append(Self.total(snapshot, columns))
    write(erasure + lines.joined(separator: "\n") + "\n")
    drawnLines = lines.count
  }

  /// Shows a text.
  public func message(_ text: String) {
    write(erasure + text + "\n")
    drawnLines = 0
    lastDrawn = -1
  }

  /// Ends the display.
  public func end() {
    write(erasure)
    drawnLines = 0
  }

  /// Moves to the first drawn line and clears everything below.
  private var erasure: String { drawnLines == 0 ? "" : "\u{1B}[\(drawnLines)A\r\u{1B}[J" }

  // MARK: - Lines

  static func line(_ active: SweepSnapshot.Active, _ columns: Int) -> String {
    let progress = active.progress
    let name = "\(active.run.variant) \(active.run.seedName)"
    let bar = bar(fraction(progress.step, progress.steps), width: barWidth)
    var text = "\(name) \(bar) "
    if active.isWaiting {
      text += "waits for another run"
    } else if progress.phase.isEmpty {
      text += "starting"
    } else {
      text += "\(progress.step)/\(progress.steps) \(progress.phase)"
      if let rate = progress.stepsPerSecond { text += "  \(rateText(rate)) steps/s" }
      if let left = active.secondsLeft { text += "  \(DurationText.of(left)) left" }
      if let loss = progress.loss { text += "  loss \(shortNumber(loss))" }
    }
    return String(text.prefix(columns))
  }

  static func total(_ snapshot: SweepSnapshot, _ columns: Int) -> String {
    let ended = snapshot.complete + snapshot.failed + snapshot.diverged
    var text = "\(bar(fraction(ended, snapshot.total), width: barWidth)) \(snapshot.counts)"
    text += "  \(DurationText.of(snapshot.elapsed))"
    if let left = snapshot.secondsLeft { text += "  \(DurationText.about(left)) left" }
    return String(text.prefix(columns))
  }

  /// A bar of a width, filled up to a fraction in 0...1.
  public static func bar(_ fraction: Double, width: Int) -> String {
    let filled = Int((fraction * Double(width)).rounded(.down))
    return "[" + String(repeating: "#", count: filled)
      + String(repeating: "-", count: width - filled) + "]"
  }

  private static func fraction(_ part: Int, _ whole: Int) -> Double {
    whole > 0 ? min(1, max(0, Double(part) / Double(whole))) : 0
  }

  private static func rateText(_ rate: Double) -> String {
    rate >= 10 ? String(Int(rate.rounded())) : String((rate * 10).rounded() / 10)
  }

  private static func shortNumber(_ value: Double) -> String {
    guard value.isFinite else { return "not finite" }
    let scale = value == 0 ? 0 : Int(log10(abs(value)).rounded(.down))
    guard scale > -5, scale < 6 else { return String(Float(value)) }
    let factor = pow(10.0, Double(3 - min(scale, 3)))
    return String((value * factor).rounded() / factor)
  }

  /// Columns of the window behind standard error, 80 when unknown.
  public static func windowWidth() -> Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
