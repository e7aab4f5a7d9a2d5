import Foundation
import Store
import Testing

extension EndToEndTests {
  /// The stages of one run may be computed at the same time, and change no byte.
  @Suite(.serialized) struct StageThreadsTests {
    /// Four independent stages after the complete task, of tiny networks on drawn images.
    private static let manifest = """
      schema: 1
      experiment: cifar10-cnn
      study: cifar10-cnn
      seeds: 1
      task:
        source: synthetic
        images: 100
        classes: [disc-horizontal, disc-vertical, ring-checks, square-horizontal]
      model: {channels: [3, 4, 4, 5], inner-dropout: 0, outer-dropout: 0}
      pretrain: {steps: 12, batch: 16}
      mask: {steps: 24, lr: 0.1, samples: 4, clip-scope: reference, roles: [weight, bias]}
      controls: off
      log-every: 4

      """

    private func start(
      _ modlab: Modlab, threads: Int, to name: String, environment: [String: String] = [:]
    ) throws -> RunningModlab {
      try modlab.start(
        ["run", "m.yaml", "-j", String(threads), "--out", name], environment: environment)
    }

    private func run(_ modlab: Modlab, threads: Int, to name: String) throws -> Modlab.Outcome {
      try start(modlab, threads: threads, to: name).finish()
    }

    @Test func theNumberOfThreadsDoesNotMatter() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Self.manifest, to: "m.yaml")
        let one = try run(modlab, threads: 1, to: "one")
        #expect(one.code == 0, "\(one.error)")
        let expected = try modlab.results("one")
        #expect(expected.count > 10)

        let three = try run(modlab, threads: 3, to: "three")
        #expect(three.code == 0, "\(three.error)")
        #expect(try modlab.results("three") == expected)
        let runs = try CSVTable.read("\(modlab.folder)/three/cifar10-cnn/runs.csv")
        let threads = try #require(runs.header.firstIndex(of: "threads"))
        #expect(runs.rows.map { $0[threads] } == ["3"])
      }
    }

    @Test func killedWithOtherThreadsEachTimeTheResultsAreTheSame() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Self.manifest, to: "m.yaml")
        _ = try run(modlab, threads: 1, to: "one")
        let expected = try modlab.results("one")
        var chance = Chance("threads")
        var kills = 0
        for chain in 0..<Depth.repetitions(3, full: 60) {
          // Another folder each time, but for the outcome of the training before the stages.
          let name = "killed-\(chain)"
          for threads in [3, 2, 1, 3, 2] {
            let running = try start(
              modlab, threads: threads, to: name,
              environment: ["MODLAB_CHECKPOINT_EVERY_STEPS": "6"])
            try modlab.waitForCheckpoint(running, name)
            usleep(UInt32(chance.fraction() * 200_000))
            if running.isRunning { kills += 1 }
            let workers = running.workers
            running.send(SIGKILL)
            for worker in workers { kill(worker, SIGKILL) }
            _ = try running.finish()
          }
          let last = try run(modlab, threads: 2, to: name)
          #expect(last.code == 0, "\(last.error)")
          let results = try modlab.results(name)
          #expect(Set(results.keys) == Set(expected.keys), "chain \(chain)")
          let differing = expected.keys.filter { results[$0] != expected[$0] }.sorted()
          #expect(differing == [], "chain \(chain)")
        }
        #expect(kills >= 3)
      }
    }
  }
}
