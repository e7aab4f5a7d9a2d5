import Foundation
import Store
import Testing

extension EndToEndTests {
  /// K1 and K3: `kill -9` at any moment loses at most one checkpoint interval and leaves no rubbish.
  @Suite(.serialized) struct KillTests {
    /// Whom a kill hits.
    private enum Victims: CaseIterable { case all, parent, worker }

    @Test func killedAtRandomMomentsTheResultsAreTheSame() throws {
      try Modlab.inTemporaryFolder { modlab in
        let sweep = try TinySweep(modlab, seeds: 0...(Depth.isFull ? 1 : 0))
        var chance = Chance("kills")
        var kills = 0
        var longestChain = 0
        let wanted = Depth.repetitions(40, full: 200)
        while kills < wanted {
          try sweep.prepare("killed")
          let chain = try killAgainAndAgain(sweep, &chance, atMost: min(10, wanted - kills))
          kills += chain
          longestChain = max(longestChain, chain)
          try sweep.expectTheSameEnd("killed", "after \(chain) of \(kills) kills")
        }
        #expect(longestChain >= 3)
        print("\(kills) kills at random moments, up to \(longestChain) in one sweep")
      }
    }

    /// Kills a sweep in a folder until it is complete or was killed often enough.
    ///
    /// - Returns: the number of kills.
    private func killAgainAndAgain(
      _ sweep: TinySweep, _ chance: inout Chance, atMost limit: Int
    ) throws -> Int {
      for kills in 0..<limit {
        let running = try sweep.start("killed")
        usleep(UInt32(chance.fraction() * sweep.seconds * 1e6))
        let victims = Victims.allCases[chance.integer(below: 3)]
        let workers = running.workers
        guard running.isRunning else {
          _ = try running.finish()
          return kills
        }
        if victims != .worker { running.send(SIGKILL) }
        if victims != .parent {
          for worker in victims == .all ? workers : Array(workers.prefix(1)) {
            kill(worker, SIGKILL)
          }
        }
        let outcome = try running.finish()
        try checkAcknowledged(outcome, sweep, "\(victims) after \(kills) kills")
      }
      return limit
    }

    /// No checkpoint that was announced is lost, and they are never further apart than asked for.
    private func checkAcknowledged(
      _ outcome: Modlab.Outcome, _ sweep: TinySweep, _ comment: String
    ) throws {
      // The last line may be cut.
      let events = outcome.output.split(separator: "\n")
        .compactMap { try? JSONValue.parse(String($0), file: "events") }
      for folder in try sweep.runFolders("killed") {
        let seed = Int(folder.suffix(2))
        var worker = 0
        let steps = events.filter { $0["seed"]?.integerValue == seed }.compactMap {
          event -> (worker: Int, phase: String, step: Int)? in
          if event["event"] == "start" { worker += 1 }
          guard event["event"] == "checkpoint", let phase = event["phase"]?.stringValue,
            let step = event["step"]?.integerValue
          else { return nil }
          return (worker, phase, step)
        }
        // A worker may be killed between a checkpoint and its announcement; the next one, which the same
        // sweep starts, goes on from there.
        for (a, b) in zip(steps, steps.dropFirst())
        where a.worker == b.worker && a.phase == b.phase {
          #expect(b.step - a.step <= TinySweep.checkpointInterval, "\(comment)")
        }
        // A phase begins after all steps of those before it.
        let starts = ["pretrained": 0, "masks-full": 30, "masks-add": 42, "masks-mul": 54]
        let announced = steps.last.map { $0.step + (starts[$0.phase] ?? 0) } ?? 0
        // What is complete needs no checkpoint any more.
        let isComplete = try sweep.isComplete(folder)
        #expect(
          try isComplete || sweep.savedStep(folder) >= announced, "\(comment), \(folder)")
      }
    }

    @Test func killedAtEveryWritePointTheResultsAreTheSame() throws {
      #if DEBUG
        try Modlab.inTemporaryFolder { modlab in
          let sweep = try TinySweep(modlab, seeds: 0...0)
          let tried = try FaultLoop(sweep, widening: 1.4).run(actions: ["kill"]) { outcome, _ in
            #expect([0, 1, -9].contains(outcome.code), "\(outcome.error)")
          }
          #expect(tried["kill", default: 0] >= 10)
        }
      #endif
    }

    @Test func crashesLeaveAtMostOneTemporaryFileEachUntilTheNextStart() throws {
      #if DEBUG
        try Modlab.inTemporaryFolder { modlab in
          let sweep = try TinySweep(modlab, seeds: 0...0)
          var chance = Chance("temporaries")
          let crashes = Depth.repetitions(15, full: 100)
          try sweep.prepare("crashed")
          var most = 0
          for crash in 1...crashes {
            // At a renaming there always is a temporary file. The run is begun anew when it is
            // complete, so that there always is something to write.
            let report = "\(modlab.folder)/report"
            try? FileManager.default.removeItem(atPath: report)
            let point = 1 + chance.integer(below: 12)
            _ = try sweep.run(
              "crashed",
              environment: [
                "MODLAB_FAULT": "rename@/seed-00/:\(point):kill", "MODLAB_FAULT_REPORT": report,
              ])
            let processes = Set(try lines(of: report).compactMap { $0.split(separator: " ").first })
            let left = try sweep.leftovers("crashed").filter { $0.hasSuffix(".tmp") }
            // Those of this start only: what earlier crashes have left is gone.
            #expect(left.count <= processes.count, "crash \(crash): \(left)")
            most = max(most, left.count)
            if processes.isEmpty {
              try sweep.expectTheSameEnd("crashed", "after \(crash) crashes")
              try sweep.prepare("crashed")
            }
          }
          #expect(most >= 1)
          try sweep.expectTheSameEnd("crashed", "after \(crashes) crashes")
        }
      #endif
    }

    private func lines(of path: String) throws -> [Substring] {
      guard Folder.exists(path) else { return [] }
      return String(decoding: try InputFile.bytes(at: path), as: UTF8.self).split(separator: "\n")
    }
  }
}
