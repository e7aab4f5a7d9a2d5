import Store
import Testing

@testable import Runner

@Suite struct ReporterTests {
  private let words = SlurmExecutor(environment: [:]).words
  private let run = RunName(study: "walk", variant: "slow", hash: "0123456789", seed: 3)

  private func snapshot(elapsed: Double = 1, workers: Int = 1) -> SweepSnapshot {
    var snapshot = SweepSnapshot()
    snapshot.total = 10
    snapshot.complete = 4
    snapshot.failed = 1
    snapshot.queued = 4
    snapshot.elapsed = elapsed
    snapshot.secondsLeft = 125
    var progress = RunProgress()
    progress.phase = "masks-add"
    progress.step = 50
    progress.steps = 200
    progress.loss = 0.123456
    progress.stepsPerSecond = 12.345
    snapshot.active = Array(
      repeating: SweepSnapshot.Active(
        run: run, progress: progress, isWaiting: false, seconds: 4, secondsLeft: 12),
      count: workers)
    return snapshot
  }

  private func lines(
    isQuiet: Bool = false, heartbeat: Double = 60, _ use: (LineReporter) -> Void
  ) -> String {
    var text = ""
    use(
      LineReporter(
        heartbeat: heartbeat, isQuiet: isQuiet, logFile: { _ in "log.txt" },
        timestamp: { "2024-05-31T09:30:00Z" }
      ) { text += $0 })
    return text
  }

  // MARK: Lines

  @Test func eventsAreLinesWithATime() {
    let text = lines {
      $0.report(.started(run), snapshot())
      $0.report(.progress(run, RunProgress()), snapshot())
      $0.report(.checkpoint(run, phase: "p", step: 1), snapshot())
      $0.report(.finished(run, RunOutcome(.complete, seconds: 61)), snapshot())
    }
    #expect(
      text == """
        2024-05-31T09:30:00Z started walk/slow-0123456789/seed-03
        2024-05-31T09:30:00Z complete walk/slow-0123456789/seed-03 after 1 min 1 s \
        (4/10 complete, 1 failed, 1 running, 4 waiting)

        """)
    #expect(!text.contains("\r") && !text.contains("\u{1B}"))
  }

  @Test func checkpointsAreLinesWhenMoreIsWanted() {
    var text = ""
    let reporter = LineReporter(
      isVerbose: true, logFile: { _ in "log.txt" }, timestamp: { "T" }
    ) { text += $0 }
    reporter.report(.checkpoint(run, phase: "masks-add", step: 7), snapshot())
    #expect(text == "T saved \(run) at step 7 of the phase 'masks-add'\n")
  }

  @Test func aFailureIsShownAtOnceWithItsLog() {
    let outcome = RunOutcome(
      .failed, error: Failure(.inputOutput, "disk full", why: "0 bytes free"), seconds: 2)
    for isQuiet in [false, true] {
      let text = lines(isQuiet: isQuiet) { $0.report(.finished(run, outcome), snapshot()) }
      #expect(text.contains("failed walk/slow-0123456789/seed-03 after 2 s: disk full"))
      #expect(text.contains("why: 0 bytes free"))
      #expect(text.contains("log: log.txt"))
    }
  }

  @Test func quietShowsTroubleOnly() {
    let text = lines(isQuiet: true) {
      $0.report(.started(run), snapshot())
      $0.report(.finished(run, RunOutcome(.complete)), snapshot())
      $0.report(.finished(run, RunOutcome(.interrupted)), snapshot())
      $0.tick(snapshot(elapsed: 1000))
      $0.message("hello")
    }
    #expect(text == "")
  }

  @Test func aSignOfLifeComesAfterSilence() {
    let text = lines(heartbeat: 60) {
      $0.report(.started(run), snapshot(elapsed: 10))
      $0.tick(snapshot(elapsed: 69))
      $0.tick(snapshot(elapsed: 70))
      $0.tick(snapshot(elapsed: 129))
    }
    #expect(text.split(separator: "\n").count == 2)
    #expect(
      text.contains("about 2 min 5 s left: slow-0123456789/seed-03 50/200"))
  }

  @Test func aSignOfLifeNamesNoMoreRunsThanOneReads() {
    let text = lines(heartbeat: 1) {
      $0.tick(snapshot(elapsed: 2, workers: 200))
      var waiting = snapshot(elapsed: 4)
      waiting.active = []
      $0.tick(waiting)
    }
    let rows = text.split(separator: "\n")
    #expect(rows[0].ranges(of: "slow-0123456789").count == 8)
    #expect(rows[0].hasSuffix(", and 192 more"))
    #expect(rows[1].hasSuffix("4 waiting, about 2 min 5 s left"))
  }

  @Test func arraysAreMentioned() {
    let text = lines {
      $0.report(.submitted(job: "12", of: words, runs: 1), snapshot())
      $0.report(.leaving(signal: 2, jobs: ["12", "13"], of: words, secondsToCancel: 5), snapshot())
      $0.report(.leaving(signal: 15, jobs: ["12"], of: words, secondsToCancel: 0), snapshot())
    }
    let rows = text.split(separator: "\n").map { $0.dropFirst(21) }
    #expect(rows[0] == "submitted array 12 with 1 run")
    #expect(
      rows[1] == "detached from arrays 12, 13, which continue; the same command attaches again, "
        + "'scancel 12 13' ends it; Ctrl-C within 5 s cancels it now")
    #expect(
      rows[2] == "detached from array 12, which continues; the same command attaches again, "
        + "'scancel 12' ends it")
  }

  @Test func roughTimesReadWell() {
    #expect(DurationText.about(125) == "about 2 min 5 s")
    #expect(DurationText.about(0.2) == "<1 s")
  }

  // MARK: Terminal

  @Test func hundredsOfRunsDoNotFillTheWindow() {
    var writes: [String] = []
    let reporter = TerminalReporter(
      logFile: { _ in "log.txt" }, isColored: false, width: { 80 }
    ) { writes.append($0) }
    reporter.tick(snapshot(elapsed: 1, workers: 200))
    let rows = writes[0].split(separator: "\n")
    #expect(rows.count == 18)
    #expect(rows[16] == "… and 184 more")
    reporter.report(.submitted(job: "12", of: words, runs: 3), snapshot())
    #expect(writes[1] == "\u{1B}[18A\r\u{1B}[Jsubmitted array 12 with 3 runs\n")
  }

  @Test func theDisplayIsRedrawnAtMostTenTimesASecond() {
    var writes: [String] = []
    let reporter = TerminalReporter(
      logFile: { _ in "log.txt" }, isColored: false, width: { 200 }
    ) { writes.append($0) }
    for step in 0..<100 { reporter.tick(snapshot(elapsed: Double(step) * 0.011, workers: 2)) }
    // 1.1 seconds.
    #expect((9...12).contains(writes.count))
    #expect(writes[0].split(separator: "\n").count == 3)
    #expect(writes[1].hasPrefix("\u{1B}[3A\r\u{1B}[J"))
    reporter.end()
    #expect(writes.last == "\u{1B}[3A\r\u{1B}[J")
  }

  @Test func linesSayWhatMattersAndFitTheWindow() throws {
    let active = try #require(snapshot().active[0])
    #expect(
      TerminalReporter.line(active, 200)
        == "slow seed-03 [##--------] 50/200 masks-add  12 steps/s  12 s left  loss 0.1235")
    #expect(
      TerminalReporter.total(snapshot(), 200)
        == "[#####-----] 4/10 complete, 1 failed, 1 running, 4 waiting  1 s  "
        + "about 2 min 5 s left")
    #expect(TerminalReporter.line(active, 30).count == 30)
    #expect(TerminalReporter.total(snapshot(), 25).count == 25)
  }

  @Test func messagesStandAboveTheDisplay() {
    var writes: [String] = []
    let reporter = TerminalReporter(
      logFile: { _ in "log.txt" }, isColored: false, width: { 80 }
    ) { writes.append($0) }
    reporter.tick(snapshot(elapsed: 1))
    reporter.report(.warning(run, "beware"), snapshot(elapsed: 1))
    reporter.tick(snapshot(elapsed: 1.01))
    #expect(writes[1].hasPrefix("\u{1B}[2A\r\u{1B}[J"))
    #expect(writes[1].hasSuffix("beware\n"))
    // Drawn again at once, without erasing the message.
    #expect(writes.count == 3)
    #expect(!writes[2].contains("\u{1B}["))
  }

  @Test func styleFollowsTheEnvironment() {
    #expect(ProgressStyle.fitting([:], isQuiet: true) == .quiet)
    #expect(ProgressStyle.fitting(["TERM": "dumb"], isQuiet: false) == .lines)
    #expect(ProgressStyle.fitting(["CI": "true"], isQuiet: false) == .lines)
  }

  // MARK: JSON

  @Test func eventsAreObjects() {
    var events: [[String: JSONValue]] = []
    let reporter = JSONReporter { events.append($0) }
    reporter.report(.started(run), snapshot())
    reporter.report(.checkpoint(run, phase: "p", step: 7), snapshot())
    reporter.report(
      .finished(run, RunOutcome(.diverged, error: Failure(.runFailed, "no"), seconds: 1)),
      snapshot())
    reporter.report(.stopping(signal: 2), snapshot())
    reporter.report(.submitted(job: "12", of: words, runs: 3), snapshot())
    reporter.report(.leaving(signal: 15, jobs: ["12"], of: words, secondsToCancel: 0), snapshot())
    #expect(
      events.map { $0["event"] } == ["start", "checkpoint", "fail", "stop", "submit", "leave"])
    #expect(events[4]["job"] == "12" && events[4]["runs"] == 3)
    #expect(events[5]["jobs"] == ["12"] && events[5]["signal"] == "SIGTERM")
    #expect(events[0]["seed"] == 3)
    #expect(events[1]["step"] == 7)
    #expect(events[2]["error"]?["what"] == "no")
    #expect(events[3]["signal"] == "SIGINT")
  }
}
