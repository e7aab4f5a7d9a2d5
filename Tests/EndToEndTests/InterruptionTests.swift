import Foundation
import Store
import Testing

/// All tests of the built program, one after the other: they need the processor's cores themselves.
@Suite(.serialized) struct EndToEndTests {}

extension EndToEndTests {
  @Suite(.serialized) struct InterruptionTests {
    private static let often = ["MODLAB_CHECKPOINT_EVERY_STEPS": "25"]

    /// The results of an undisturbed run of the slow manifest.
    private func reference(_ modlab: Modlab) throws -> [String: [UInt8]] {
      try modlab.write(Manifests.slow, to: "m.yaml")
      let run = try modlab.run("run", "m.yaml", "--out", "reference")
      #expect(run.code == 0, "\(run.error)")
      return try modlab.results("reference")
    }

    @Test func killedAgainAndAgainTheResultsAreTheSame() throws {
      try Modlab.inTemporaryFolder { modlab in
        let expected = try reference(modlab)
        var kills = 0
        for attempt in 0..<8 {
          let running = try modlab.start(["run", "m.yaml"], environment: Self.often)
          try modlab.waitForCheckpoint(running, "results")
          usleep(UInt32(30_000 + 60_000 * attempt))
          if running.isRunning { kills += 1 }
          // Every other time the workers die as well, at the same moment.
          let workers = attempt % 2 == 0 ? [] : running.workers
          running.send(SIGKILL)
          for worker in workers { kill(worker, SIGKILL) }
          _ = try running.finish()
        }
        #expect(kills >= 3)
        let last = try modlab.run("run", "m.yaml")
        #expect(last.code == 0, "\(last.error)")
        #expect(try modlab.results("results") == expected)
        #expect(
          try FileManager.default.subpathsOfDirectory(atPath: modlab.folder + "/results")
            .filter { $0.hasSuffix(".tmp") || $0.hasSuffix(".lock") } == [])
      }
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func aSignalStopsCleanlyAndNothingIsLost(signal: Int32, code: Int32) throws {
      try Modlab.inTemporaryFolder { modlab in
        let expected = try reference(modlab)
        let running = try modlab.start(["run", "m.yaml"], environment: Self.often)
        try modlab.waitForCheckpoint(running, "results")
        let start = Date()
        running.send(signal)
        let outcome = try running.finish()
        #expect(outcome.code == code, "\(outcome.error)")
        #expect(Date().timeIntervalSince(start) < 5)
        #expect(outcome.error.contains("the same command resumes"))
        let status = try modlab.run("status", "--json")
        #expect(try status.records.contains { $0["state"] == "interrupted" })
        let plan = try modlab.run("plan", "m.yaml", "--json")
        let steps = try plan.records.compactMap { $0["step"]?.integerValue }
        #expect(steps.contains { $0 > 0 }, "\(plan.output)")
        #expect(try modlab.run("run", "m.yaml").code == 0)
        #expect(try modlab.results("results") == expected)
      }
    }

    @Test func aKilledWorkerIsTakenUpOnceMore() throws {
      try Modlab.inTemporaryFolder { modlab in
        let expected = try reference(modlab)
        let running = try modlab.start(["run", "m.yaml", "-j2"], environment: Self.often)
        try modlab.waitForCheckpoint(running, "results")
        try running.wait("two workers") { running.workers.count == 2 }
        kill(running.workers[0], SIGKILL)
        let outcome = try running.finish()
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.error.contains("the worker was terminated by SIGKILL"))
        let status = try modlab.run("status", "--json")
        #expect(
          try status.records.compactMap { $0["attempts"]?.integerValue }.sorted() == [1, 2])
        #expect(try modlab.results("results") == expected)
      }
    }

    @Test func aRunWhoseWorkerIsKilledTwiceFailsAndCanBeTakenUp() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.slow, to: "m.yaml")
        let running = try modlab.start(
          ["run", "m.yaml", "-j1", "--seeds", "0..0"], environment: Self.often)
        try modlab.waitForCheckpoint(running, "results")
        let first = try #require(running.workers.first)
        kill(first, SIGKILL)
        let study = "results/addmul-fnn/runs"
        let name = try #require(try Folder.contents(at: "\(modlab.folder)/\(study)").first)
        try running.wait("another worker that has counted its attempt") {
          let status = try? modlab.text("\(study)/\(name)/seed-00/status.json")
          return running.workers.count == 1 && running.workers != [first]
            && status?.contains("\"attempts\": 2") == true
        }
        // It has begun when it says so.
        try running.wait("a second attempt") {
          let records = try? modlab.run("status", "--json").records
          return records?.first?["attempts"] == 2
        }
        kill(try #require(running.workers.first), SIGKILL)
        let outcome = try running.finish()
        #expect(outcome.code == 1, "\(outcome.error)")
        let status = try modlab.run("status", "--json")
        #expect(try status.records.compactMap { $0["state"]?.stringValue } == ["failed"])
        #expect(try status.records.compactMap { $0["attempts"]?.integerValue } == [2])
        // Failed runs wait for the user's decision.
        let again = try modlab.run("run", "m.yaml", "--seeds", "0..0")
        #expect(again.code == 1)
        #expect(again.error.contains("--retry"))
        let retry = try modlab.run("run", "m.yaml", "--seeds", "0..0", "--retry", "failed")
        #expect(retry.code == 0, "\(retry.error)")
      }
    }

    @Test func afterAFaultAtAnyWriteTheResultsAreTheSame() throws {
      #if DEBUG
        try Modlab.inTemporaryFolder { modlab in
          try modlab.write(Manifests.quick, to: "m.yaml")
          let reference = try modlab.run("run", "m.yaml", "--out", "reference", "--seeds", "1")
          #expect(reference.code == 0, "\(reference.error)")
          let expected = try modlab.results("reference")
          var codes: [Int32] = []
          for (number, action) in [
            (1, "kill"), (4, "enospc"), (6, "kill"), (9, "enospc"), (17, "torn"), (30, "eio"),
            (31, "kill"), (50, "enospc"), (61, "kill"), (97, "torn"), (150, "kill"),
          ] {
            let outcome = try modlab.run(
              "run", "m.yaml", "--seeds", "1",
              environment: [
                "MODLAB_FAULT": "any:\(number):\(action)", "MODLAB_CHECKPOINT_EVERY_STEPS": "30",
              ])
            codes.append(outcome.code)
          }
          // The disk was full where there was something to write, and the message said so.
          #expect(codes.contains(6), "\(codes)")
          #expect(codes.contains(-9), "\(codes)")
          let last = try modlab.run("run", "m.yaml", "--seeds", "1", "--retry", "failed")
          #expect(last.code == 0, "\(last.error)")
          #expect(try modlab.results("results") == expected)
        }
      #endif
    }

    @Test func aFolderIsForOneModlabAtATime() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.slow, to: "m.yaml")
        let running = try modlab.start(["run", "m.yaml"])
        try running.wait("the first run") { running.error.contains("started") }
        let second = try modlab.run("run", "m.yaml")
        #expect(second.code == 7)
        #expect(second.error.contains("is locked by another modlab"))
        #expect(second.error.contains("process "))
        // Looking is allowed meanwhile.
        let status = try modlab.run("status")
        #expect(status.code == 0)
        #expect(status.output.contains("works here"))
        #expect(try modlab.run("plan", "m.yaml").code == 0)
        let first = try running.finish()
        #expect(first.code == 0, "\(first.error)")
      }
    }
  }
}
