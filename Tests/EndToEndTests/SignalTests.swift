import Foundation
import Store
import Testing

extension EndToEndTests {
  /// K7: SIGINT and SIGTERM at any moment stop cleanly and lose no step.
  @Suite(.serialized) struct SignalTests {
    @Test func atRandomMomentsNoStepIsLost() throws {
      try Modlab.inTemporaryFolder { modlab in
        let sweep = try TinySweep(modlab)
        var chance = Chance("signals")
        try sweep.prepare("stopped")
        var stops = 0
        var slowest = 0.0
        let wanted = Depth.repetitions(10, full: 60)
        for number in 1...200 {
          // How many hit a run in the middle depends on the load of the machine.
          if number > wanted, stops >= 3 { break }
          let before = try sweep.runFolders("stopped").map { try stopLines($0).count }.reduce(0, +)
          let running = try sweep.start("stopped")
          usleep(UInt32(chance.fraction() * sweep.seconds * 1e6))
          let signal = chance.integer(below: 2) == 0 ? SIGINT : SIGTERM
          let start = Date()
          running.send(signal)
          let outcome = try running.finish()
          let seconds = Date().timeIntervalSince(start)
          #expect(seconds < 5, "signal \(number)")
          slowest = max(slowest, seconds)
          try check(outcome, signal, sweep, "signal \(number)")
          let after = try sweep.runFolders("stopped").map { try stopLines($0).count }.reduce(0, +)
          stops += after - before
          if outcome.code == 0 {
            try sweep.expectTheSameEnd("stopped", "after \(number) signals")
            try sweep.prepare("stopped")
          }
        }
        try sweep.expectTheSameEnd("stopped", "at the end")
        #expect(stops >= 3, "the signals came too early or too late")
        print("\(stops) runs stopped in the middle, the slowest stop took \(slowest) seconds")
      }
    }

    private func check(
      _ outcome: Modlab.Outcome, _ signal: Int32, _ sweep: TinySweep, _ comment: String
    ) throws {
      // Before anything is written a signal may simply end the process, and after the last run
      // there is nothing left to stop.
      let hasBegun = outcome.error.contains("runs to compute")
      #expect(
        outcome.code == 128 + signal || outcome.code == 0 || (outcome.code == -signal && !hasBegun),
        "\(comment): \(outcome.code) \(outcome.error)")
      #expect(try sweep.leftovers("stopped") == [] || !hasBegun, "\(comment)")
      for folder in try sweep.runFolders("stopped") {
        // The step at which the worker stopped is the step from which the next one goes on.
        guard let line = try lastLines(folder, 2).first(where: { $0.contains("stopped in phase") }),
          let match = line.firstMatch(of: /stopped in phase '(.+)' after (\d+) steps/)
        else { continue }
        let step = TinySweep.parts(
          before: Int(match.2) ?? 0, of: String(match.1),
          log: try lastLines(folder, .max).joined(separator: "\n"))
        #expect(try sweep.savedStep(folder) == step, "\(comment): \(line)")
        let status = try JSONValue.parse(
          InputFile.bytes(at: folder + "/status.json"), file: "status.json")
        #expect(status["step"]?.integerValue == step, "\(comment)")
        #expect(status["status"] == "interrupted", "\(comment)")
      }
    }

    private func stopLines(_ folder: String) throws -> [Substring] {
      try lastLines(folder, .max).filter { $0.contains("stopped in phase") }
    }

    private func lastLines(_ folder: String, _ count: Int) throws -> ArraySlice<Substring> {
      let path = folder + "/log.txt"
      guard Folder.exists(path) else { return [] }
      return String(decoding: try InputFile.bytes(at: path), as: UTF8.self)
        .split(separator: "\n").suffix(count)
    }
  }
}
