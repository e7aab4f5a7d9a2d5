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

    private func run(_ modlab: Modlab, threads: Int, to name: String) throws -> Modlab.Outcome {
      try modlab.run("run", "m.yaml", "-j", String(threads), "--out", name)
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
  }
}
