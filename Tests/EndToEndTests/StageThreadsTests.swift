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
      seeds: 1
      task:
        source: synthetic
        images: 100
        classes: [disc-horizontal, disc-vertical, ring-checks, square-horizontal]
      model: {channels: [3, 4, 4, 5], inner-dropout: 0, outer-dropout: 0}
      pretrain: {steps: 12, batch: 16}
      mask: {steps: 24, lr: 0.1, samples: 4, clip-scope: reference, roles: [weight, bias]}
      log-every: 4

      """

    private func run(
      _ modlab: Modlab, threads: Int, to name: String, environment: [String: String] = [:]
    ) throws -> RunningModlab {
      try modlab.start(
        ["run", "m.yaml", "-j", String(threads), "--out", name], environment: environment)
    }

    @Test func theNumberOfThreadsAndKillsDoNotMatter() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Self.manifest, to: "m.yaml")
        let one = try run(modlab, threads: 1, to: "one").finish()
        #expect(one.code == 0, "\(one.error)")
        let expected = try modlab.results("one")
        #expect(expected.count > 10)

        let three = try run(modlab, threads: 3, to: "three").finish()
        #expect(three.code == 0, "\(three.error)")
        #expect(try modlab.results("three") == expected)
        let runs = try CSVTable.read("\(modlab.folder)/three/cifar10-cnn/runs.csv")
        let threads = try #require(runs.header.firstIndex(of: "threads"))
        #expect(runs.rows.map { $0[threads] } == ["3"])

        // Every kill comes after another checkpoint, with another number of threads going on.
        for (attempt, threads) in [3, 2, 1, 3, 2].enumerated() {
          let running = try run(
            modlab, threads: threads, to: "killed",
            environment: ["MODLAB_CHECKPOINT_EVERY_STEPS": "6"])
          let checkpoint = {
            (try? FileManager.default.subpathsOfDirectory(
              atPath: modlab.folder + "/killed/cifar10-cnn/runs")) ?? []
          }
          try running.wait("a checkpoint") {
            !running.isRunning || checkpoint().contains { $0.hasSuffix("checkpoint.safetensors") }
          }
          usleep(UInt32(60_000 * (attempt + 1)))
          let workers = running.workers
          running.send(SIGKILL)
          for worker in workers { kill(worker, SIGKILL) }
          _ = try running.finish()
        }
        let last = try run(modlab, threads: 2, to: "killed").finish()
        #expect(last.code == 0, "\(last.error)")
        #expect(try modlab.results("killed") == expected)
      }
    }
  }
}
