import Fetching
import Foundation
import Runner
import Store

/// Shows what is being fetched: a line redrawn in place on a terminal, else lines that follow one
/// another, each with the time.
final class FetchDisplay {
  private let console: Console
  private let style: ProgressStyle
  private let clock: () -> Double
  private let timestamp: () -> String
  private let width: () -> Int
  private let write: (String) -> Void
  private var isDrawn = false
  private var lastTime = -Double.infinity
  private var archive: String?
  /// When the present transfer began, and with how many bytes.
  private var start = (time: 0.0, received: 0)

  /// Seconds between two drawings on a terminal.
  private static let drawingInterval = 0.1
  /// Seconds between two heartbeats where there is no terminal.
  private static let heartbeat = 60.0
  /// Seconds between two records of progress.
  private static let recordInterval = 1.0
  private var lastRecord = -Double.infinity

  /// Creates a display.
  init(
    _ console: Console, style: ProgressStyle? = nil,
    clock: @escaping () -> Double = MonotonicClock.seconds,
    timestamp: @escaping () -> String = Timestamp.now,
    width: @escaping () -> Int = TerminalReporter.windowWidth,
    write: @escaping (String) -> Void = { try? StandardStream.error.write($0) }
  ) {
    self.console = console
    self.style =
      style
      ?? .fitting(
        ProcessInfo.processInfo.environment, isQuiet: console.verbosity == .quiet)
    self.clock = clock
    self.timestamp = timestamp
    self.width = width
    self.write = write
  }

  /// Shows an event.
  func show(_ event: FetchEvent) throws {
    switch event {
    case .started(let name, let origin, let received, let total):
      start = (clock(), received)
      lastTime = clock()
      let size = total.map { ", " + ByteCount.text($0) } ?? ""
      let rest = received > 0 ? ", \(ByteCount.text(received)) already received" : ""
      line("fetching \(name) from \(origin)\(size)\(rest)")
      try record("start", name, received, total, ["address": .string(origin)])
    case .progress(let name, let received, let total):
      tick { Self.text(name, received, total, seconds: clock() - start.time, start.received) }
      if clock() - lastRecord >= Self.recordInterval {
        lastRecord = clock()
        try record("progress", name, received, total)
      }
    case .restarted(let name, let why):
      message("\(name): starting again: \(why)")
      try record("restart", name, nil, nil, ["why": .string(why)])
    case .checking(let name):
      tick { "\(name): comparing checksums" }
    case .unpacking(let path):
      if archive != path {
        archive = path
        line("unpacking \(path)")
      }
      tick { "unpacking \(path)" }
    case .stored(let file):
      guard file.origin != .kept else { return }
      let name = "\(file.set)/\(file.file.file.name)"
      line("\(name) \(file.origin.rawValue)")
      try record("stored", name, nil, nil)
    }
  }

  /// Removes the line that is redrawn.
  func end() {
    if isDrawn { write("\r\u{1B}[K") }
    isDrawn = false
  }

  // MARK: - Lines

  /// `mnist/train-images-idx3-ubyte.gz [###-------] 3.1 MiB of 9.5 MiB  1.2 MiB/s  5 s left`
  static func text(
    _ name: String, _ received: Int, _ total: Int?, seconds: Double, _ before: Int
  ) -> String {
    var text = "\(name) "
    if let total, total > 0 {
      text += TerminalReporter.bar(min(1, Double(received) / Double(total)), width: 10)
      text += " \(ByteCount.text(received)) of \(ByteCount.text(total))"
    } else {
      text += ByteCount.text(received)
    }
    let rate = seconds > 0 ? Double(received - before) / seconds : 0
    guard rate >= 1 else { return text }
    text += "  \(ByteCount.text(Int(rate)))/s"
    if let total, total > received {
      text += "  \(DurationText.about(Double(total - received) / rate)) left"
    }
    return text
  }

  /// Draws in place, or writes a heartbeat when nothing was written for a while.
  private func tick(_ text: () -> String) {
    let now = clock()
    switch style {
    case .quiet: return
    case .terminal:
      guard now - lastTime >= Self.drawingInterval || !isDrawn else { return }
      write("\r\u{1B}[K" + text().prefix(max(20, width() - 1)))
      isDrawn = true
    case .lines:
      guard now - lastTime >= Self.heartbeat else { return }
      write("\(timestamp()) \(text())\n")
    }
    lastTime = now
  }

  /// A line of a log; a terminal shows the drawing instead.
  private func line(_ text: String) {
    guard style == .lines else { return }
    lastTime = clock()
    write("\(timestamp()) \(text)\n")
  }

  /// A line that stays on a terminal too.
  private func message(_ text: String) {
    switch style {
    case .quiet: return
    case .lines: line(text)
    case .terminal:
      end()
      write(text + "\n")
    }
  }

  private func record(
    _ event: String, _ name: String, _ received: Int?, _ total: Int?,
    _ more: [String: JSONValue] = [:]
  ) throws {
    var members = more
    members["event"] = .string(event)
    members["file"] = .string(name)
    members["bytes"] = received.map { .integer($0) }
    members["total"] = total.map { .integer($0) }
    try console.record("modlab-data-event-1", members)
  }
}
