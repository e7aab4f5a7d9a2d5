import Store

/// Shows progress as lines that follow one another, each with the time in UTC.
///
/// One line at the start and end of each run, and a heartbeat now and then; no carriage returns
/// and no colours, so that logs of batch systems stay readable.
public final class LineReporter: ProgressReporter {
  private let heartbeat: Double
  private let isQuiet: Bool
  private let isVerbose: Bool
  private let logFile: (RunName) -> String
  private let timestamp: () -> String
  private let write: (String) -> Void
  private var lastLine = 0.0
  /// How many runs a heartbeat names.
  private static let mostRuns = 8

  /// Creates a reporter.
  ///
  /// - Parameters:
  ///   - heartbeat: Seconds without a line after which a heartbeat is written.
  ///   - isQuiet: Whether only what went wrong is written.
  ///   - isVerbose: Whether checkpoints have lines too.
  ///   - logFile: The log of a run, named when it went wrong.
  public init(
    heartbeat: Double = 60, isQuiet: Bool = false, isVerbose: Bool = false,
    logFile: @escaping (RunName) -> String,
    timestamp: @escaping () -> String = Timestamp.now, write: @escaping (String) -> Void
  ) {
    self.heartbeat = heartbeat
    self.isQuiet = isQuiet
    self.isVerbose = isVerbose
    self.logFile = logFile
    self.timestamp = timestamp
    self.write = write
  }

  /// Shows an event.
  public func report(_ event: SchedulerEvent, _ snapshot: SweepSnapshot) {
    guard !isQuiet || EventText.isTrouble(event),
      let line = EventText.line(event, isVerbose: isVerbose, logFile: logFile)
    else { return }
    lastLine = snapshot.elapsed
    if case .finished = event {
      let parts = line.split(separator: "\n", maxSplits: 1).map(String.init)
      put(([parts[0] + " (\(snapshot.counts))"] + parts.dropFirst()).joined(separator: "\n"))
    } else {
      put(line)
    }
  }

  /// Shows that time has passed.
  public func tick(_ snapshot: SweepSnapshot) {
    guard !isQuiet, snapshot.elapsed - lastLine >= heartbeat else { return }
    lastLine = snapshot.elapsed
    let left = snapshot.secondsLeft.map { ", \(DurationText.about($0)) left" } ?? ""
    let active = snapshot.active.compactMap(\.self)
    var runs = active.prefix(Self.mostRuns).map { active in
      active.isWaiting
        ? "\(active.run.configurationName)/\(active.run.seedName) waits"
        : "\(active.run.configurationName)/\(active.run.seedName) "
          + "\(active.progress.step)/\(active.progress.steps)"
    }
    if active.count > runs.count { runs.append("and \(active.count - runs.count) more") }
    let details = runs.isEmpty ? "" : ": " + runs.joined(separator: ", ")
    put("\(snapshot.counts)\(left)\(details)")
  }

  /// Shows a text.
  public func message(_ text: String) { if !isQuiet { put(text) } }

  /// Ends the display.
  public func end() {}

  private func put(_ text: String) { write("\(timestamp()) \(text)\n") }
}
