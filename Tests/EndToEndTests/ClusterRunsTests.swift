import Foundation
import Store
import Testing

extension EndToEndTests {
  /// Studies of clusters: the same bytes for any number of workers, and after any number of kills.
  @Suite(.serialized) struct ClusterRunsTests {
    private static let settings = """
      task: {source: synthetic, images: 100, test-images: 100}
      network: {kind: cnn, channels: [4, 4, 4], dense: [8], dropout: 0.5}
      training: {epochs: 2, batch: 32}
      pruning: {epochs: 2, every: 2}
      clusters: {k: [2, 3], restarts: 3}

      """
    /// Three parts of the images, so that a run can be killed between them, and a network with few pairs of
    /// sub-clusters.
    private static let lesions = """
      task: {source: synthetic, images: 100, test-images: 1100}
      network: {kind: mlp, hidden: [8, 8], dropout: 0.5}
      training: {epochs: 2, batch: 32}
      pruning: {epochs: 2, every: 2}
      clusters: {k: [2], restarts: 3}
      lesions: {controls: 2, pair-controls: 2, pairs: all}

      """
    private static let features = """
      task: {source: synthetic, images: 100, test-images: 100, channels: 3}
      network: {kind: mlp, hidden: [8, 8], dropout: 0.5}
      training: {epochs: 2, batch: 32}
      pruning: {epochs: 2, every: 2}
      clusters: {graph: local-activations, k: [2], restarts: 3}
      features: {controls: 2, steps: 9, min-size: 1, max-share: 1}

      """
    private static let words = [
      "run", "c.yaml", "p.yaml", "l.yaml", "f.yaml", "--retry", "failed", "--out",
    ]

    private func write(to modlab: Modlab) throws {
      let head = "schema: 1\nexperiment: "
      try modlab.write(
        "\(head)clusterability\n\(Self.settings)shuffles: {samples: 2}\n", to: "c.yaml")
      let pictures = "pictures: {min-size: 1, max-share: 1}\n"
      try modlab.write("\(head)cluster-pictures\n\(Self.settings)\(pictures)", to: "p.yaml")
      try modlab.write("\(head)cluster-dependency\n\(Self.lesions)", to: "l.yaml")
      try modlab.write("\(head)cluster-coherence\n\(Self.features)", to: "f.yaml")
    }

    private func start(_ name: String, workers: Int, _ modlab: Modlab) throws -> RunningModlab {
      try modlab.start(
        Self.words + [name, "-j", String(workers)],
        environment: ["MODLAB_CHECKPOINT_EVERY_STEPS": "4"])
    }

    @Test func killedAtRandomMomentsTheResultsAreTheSame() throws {
      try Modlab.inTemporaryFolder { modlab in
        try write(to: modlab)
        let whole = try start("expected", workers: 1, modlab).finish()
        #expect(whole.code == 0, "\(whole.error)")
        let expected = try modlab.results("expected")
        for file in [
          "weights.safetensors", "weights-trained.safetensors", "partitions.safetensors",
          "pictures.safetensors", "lesions.safetensors", "dependency.dot", "pair_lesion.csv",
          "features.safetensors", "feature_picture.csv",
        ] {
          #expect(expected.keys.contains { $0.hasSuffix("/\(file)") }, "\(file)")
        }
        var chance = Chance("kills of cluster studies")
        for workers in 1...3 {
          let name = "workers-\(workers)"
          for _ in 0..<Depth.repetitions(2, full: 20) {
            let running = try start(name, workers: workers, modlab)
            usleep(UInt32(chance.fraction() * whole.seconds / Double(workers) * 1e6))
            let processes = running.workers
            running.send(SIGKILL)
            for worker in processes { kill(worker, SIGKILL) }
            _ = try running.finish()
          }
          let end = try start(name, workers: workers, modlab).finish()
          #expect(end.code == 0, "\(end.error)")
          let results = try modlab.results(name)
          #expect(results.count == expected.count)
          #expect(expected.keys.filter { results[$0] != expected[$0] }.sorted() == [])
        }
      }
    }

    /// The table of another study is on record like data.
    @Test func manyTestsFollowTheTableThatTheyRead() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write("schema: 1\nexperiment: cluster-multiple-tests\nseeds: 1\n", to: "m.yaml")
        let words = ["run", "m.yaml", "--profile", "smoke", "--out", "out", "--retry", "failed"]
        let missing = try modlab.run(words + ["-q"])
        #expect(missing.code == 1, "\(missing.error)")
        #expect(
          missing.error.contains("run 'cluster-importance' with '--profile smoke'"),
          "\(missing.error)")
        try FileManager.default.createDirectory(
          atPath: "\(modlab.folder)/out/cluster-importance", withIntermediateDirectories: true)
        func write(_ p: Double) throws {
          try modlab.write(
            """
            study,variant,profile,seed,stage,partition,quantity,ties,metric,value
            cluster-importance,a,smoke,0,pruned,weights-k12,importance,reference,fisher_p,\(p)

            """, to: "out/cluster-importance/cluster_test.csv")
        }
        func significant() throws -> [Substring] {
          try modlab.text("out/m/multiple_tests.csv").split(separator: "\n")
            .filter { $0.contains(",significant,") }.map { $0.suffix(1) }
        }
        try write(0.01)
        #expect(try modlab.run(words).code == 0)
        #expect(try significant() == ["1", "1"])
        try write(0.2)
        #expect(try modlab.run(words).code == 0)
        #expect(try significant() == ["0", "0"])
        let again = try modlab.run(words)
        #expect(again.error.contains("0 runs to compute, 1 done"), "\(again.error)")
      }
    }

    @Test func missingDataAreNamedWithTheCommandThatFetchesThem() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(
          "schema: 1\nexperiment: clusterability\ntask: {set: fashion-mnist}\n", to: "m.yaml")
        let outcome = try modlab.run("run", "m.yaml", "--data", "nowhere", "-q")
        #expect(outcome.code == 4, "\(outcome.error)")
        #expect(outcome.error.contains("modlab data fetch fashion-mnist"), "\(outcome.error)")
      }
    }

    @Test func aFileThatDoesNotDescribeItsNetworkIsRefused() throws {
      try Modlab.inTemporaryFolder { modlab in
        try Safetensors.write(
          ["a.weight": .float32(.init([1, 2], shape: [1, 2]))], to: "\(modlab.folder)/w.safetensors"
        )
        try modlab.write(
          "schema: 1\nexperiment: clusterability\ntask: {source: synthetic, images: 100}\n"
            + "network: {source: file, weights: w.safetensors}\n", to: "m.yaml")
        let outcome = try modlab.run("run", "m.yaml", "-q")
        #expect(outcome.code != 0)
        #expect(outcome.error.contains("architecture"), "\(outcome.error)")
      }
    }
  }
}
