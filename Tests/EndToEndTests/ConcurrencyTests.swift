import Foundation
import Store
import Testing

extension EndToEndTests {
  /// K5 and K6: several processes on one folder, and locks of dead and of living ones.
  @Suite(.serialized) struct ConcurrencyTests {
    @Test func fourProcessesOnOneFolderNeverCorruptIt() throws {
      try Modlab.inTemporaryFolder { modlab in
        let sweep = try TinySweep(modlab)
        var chance = Chance("concurrency")
        for round in 1...Depth.repetitions(3, full: 20) {
          try sweep.prepare("shared")
          for attempt in 1...3 {
            let processes = try (0..<4).map { _ in try sweep.start("shared") }
            usleep(UInt32(chance.fraction() * sweep.seconds * 1e6))
            // Each is killed with probability one half, sometimes with its workers.
            for process in processes where chance.integer(below: 2) == 0 {
              let workers = chance.integer(below: 2) == 0 ? process.workers : []
              process.send(SIGKILL)
              for worker in workers { kill(worker, SIGKILL) }
            }
            let codes = try processes.map { try $0.finish() }
            for outcome in codes {
              // 1: its worker was killed; only the process that has the lock computes.
              #expect([0, 1, 7, -9].contains(outcome.code), "\(outcome.error)")
              if outcome.code == 7 {
                #expect(outcome.error.contains("is locked by another modlab"))
              }
            }
            #expect(codes.count { [0, 1].contains($0.code) } <= 4, "round \(round).\(attempt)")
          }
          try sweep.expectTheSameEnd("shared", "round \(round)")
          for folder in try sweep.runFolders("shared") { try expectOneWorkerAtATime(folder) }
        }
      }
    }

    @Test func undisturbedOneOfFourComputesEachRunOnce() throws {
      try Modlab.inTemporaryFolder { modlab in
        let sweep = try TinySweep(modlab)
        try sweep.prepare("shared")
        let processes = try (0..<4).map { _ in try sweep.start("shared") }
        let outcomes = try processes.map { try $0.finish() }
        #expect(outcomes.contains { $0.code == 0 })
        #expect(outcomes.allSatisfy { $0.code == 0 || $0.code == 7 })
        for folder in try sweep.runFolders("shared") {
          #expect(try attempts(folder) == [1])
        }
        try sweep.expectTheSameEnd("shared", "four at a time")
      }
    }

    /// The numbers of the attempts in the log of a run.
    private func attempts(_ folder: String) throws -> [Int] {
      let log = String(decoding: try InputFile.bytes(at: folder + "/log.txt"), as: UTF8.self)
      return log.matches(of: /\ attempt (\d+):/).compactMap { Int($0.1) }
    }

    /// Two workers at a time would have counted the same attempt.
    private func expectOneWorkerAtATime(_ folder: String) throws {
      let attempts = try attempts(folder)
      #expect(attempts == Array(1...max(1, attempts.count)), "\(folder): \(attempts)")
    }

    @Test func locksOfDeadProcessesAreTakenOver() throws {
      try Modlab.inTemporaryFolder { modlab in
        let sweep = try TinySweep(modlab, seeds: 0...0)
        try sweep.prepare("results")
        let running = try sweep.start("results")
        try running.wait("a worker in its folder") {
          !running.isRunning
            || (try? sweep.runFolders("results").contains { Folder.exists($0 + "/.lock") }) == true
        }
        let workers = running.workers
        for process in workers + [running.identifier] { kill(process, SIGKILL) }
        _ = try running.finish()
        #expect(try !sweep.leftovers("results").isEmpty, "the locks of the dead are there")
        let status = try modlab.run("status", "results", "--json")
        #expect(try status.records.allSatisfy { $0["state"] != "running" })
        let start = Date()
        try sweep.expectTheSameEnd("results", "after the owners of the locks were killed")
        #expect(Date().timeIntervalSince(start) < 30, "nobody waits for the dead")
      }
    }

    /// A worker may be killed after its run was complete and before its checkpoints were removed.
    @Test func checkpointsOfCompleteRunsGo() throws {
      try Modlab.inTemporaryFolder { modlab in
        let sweep = try TinySweep(modlab, seeds: 0...0)
        try sweep.prepare("results")
        #expect(try sweep.run("results").code == 0)
        let folder = try #require(try sweep.runFolders("results").first)
        try Data([1]).write(to: URL(fileURLWithPath: folder + "/checkpoint.safetensors"))
        try sweep.expectTheSameEnd("results", "after a worker left its checkpoint")
      }
    }

    @Test func locksOfLivingProcessesAreRespected() throws {
      try Modlab.inTemporaryFolder { modlab in
        let sweep = try TinySweep(modlab, seeds: 0...0)
        try sweep.prepare("results")
        let lock = try FileLock.acquire(modlab.folder + "/results/addmul-fnn/.lock")
        let refused = try sweep.run("results")
        #expect(refused.code == 7)
        #expect(refused.error.contains("process \(getpid()) on host"), "\(refused.error)")
        #expect(try sweep.runFolders("results") == [])
        #expect(try modlab.run("status", "results").code == 0)
        lock.release()
        // A run whose folder somebody else works in waits until they have left.
        let runs = modlab.folder + "/results/addmul-fnn/runs"
        let configuration = try #require(try Folder.contents(at: runs).first)
        let folder = "\(runs)/\(configuration)/seed-00"
        try Folder.create(at: folder)
        let held = try FileLock.acquire(folder + "/.lock")
        let running = try sweep.start("results")
        try running.wait("the warning") { running.output.contains("waiting for another process") }
        #expect(!Folder.exists(folder + "/checkpoint.safetensors"))
        held.release()
        #expect(try running.finish().code == 0)
        try sweep.expectTheSameEnd("results", "after waiting")
      }
    }
  }
}
