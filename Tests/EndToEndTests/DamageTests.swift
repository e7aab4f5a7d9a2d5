import Foundation
import Store
import Testing

extension EndToEndTests {
  /// I3, I4, I5 and H1 for the whole program: files that are damaged, foreign or not finite.
  @Suite(.serialized) struct DamageTests {
    /// A sweep in `results` whose seed 0 was killed after some checkpoints, and the folder of the
    /// run.
    private func withKilledRun(
      _ body: (_ sweep: TinySweep, _ folder: String) throws -> Void
    ) throws {
      #if DEBUG
        try Modlab.inTemporaryFolder { modlab in
          let sweep = try TinySweep(modlab, seeds: 0...0)
          try sweep.prepare("results")
          // Three renamings before the first checkpoint, of the configuration and twice of the
          // status; then checkpoint and status in turn. A killed worker is started once more, so
          // that two attempts end at their third checkpoint.
          let outcome = try sweep.run(
            "results", environment: ["MODLAB_FAULT": "rename@/seed-00/:8:kill"])
          #expect(outcome.code == 1)
          let folder = try #require(try sweep.runFolders("results").first)
          #expect(try sweep.savedStep(folder) == 20)
          try body(sweep, folder)
        }
      #endif
    }

    private func flip(_ path: String, at place: Double) throws {
      var bytes = try InputFile.bytes(at: path)
      bytes[Int(place * Double(bytes.count - 1))] ^= 0x04
      try AtomicFile.write(bytes, to: path)
    }

    @Test func aDamagedCheckpointIsReplacedByThePreviousOneWithAWarning() throws {
      try withKilledRun { sweep, folder in
        let checkpoint = folder + "/checkpoint.safetensors"
        let good = try InputFile.bytes(at: checkpoint)
        for damage in [0, 0.1, 0.5, 1] {
          try flip(checkpoint, at: damage)
          try FileManager.default.copyItem(
            atPath: sweep.modlab.folder + "/results", toPath: sweep.modlab.folder + "/damaged")
          let outcome = try sweep.run("damaged")
          #expect(outcome.code == 0, "\(outcome.error)")
          #expect(outcome.error.contains("checkpoint.safetensors: "), "\(outcome.error)")
          #expect(outcome.error.contains("continued from "), "\(outcome.error)")
          #expect(outcome.output.contains("checkpoint.safetensors.previous"))
          try sweep.expectTheSameEnd("damaged", "byte at \(damage)")
          try FileManager.default.removeItem(atPath: sweep.modlab.folder + "/damaged")
          try AtomicFile.write(good, to: checkpoint)
        }
        // Cut short, and without a previous one: refused, named, and kept for the user to look at.
        try AtomicFile.write(Array(good.dropLast()), to: checkpoint)
        try FileManager.default.removeItem(atPath: checkpoint + ".previous")
        let refused = try sweep.run("results")
        #expect(refused.code == 5, "\(refused.error)")
        #expect(refused.error.contains("checkpoint.safetensors"))
        try sweep.expectTheSameEnd("results", "begun anew because of --retry")
      }
    }

    @Test func aDamagedStatusIsNamedAndTheRunGoesOnFromItsCheckpoint() throws {
      try withKilledRun { sweep, folder in
        for place in [0.2, 0.7] {
          try flip(folder + "/status.json", at: place)
          let plan = try sweep.modlab.run("plan", "m.yaml", "--seeds", "0,9", "--out", "results")
          #expect(plan.output.contains("status.json cannot be used"), "\(plan.output)")
        }
        let outcome = try sweep.run("results")
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.error.contains("seed-00/status.json cannot be used: "), "\(outcome.error)")
        let log = String(decoding: try InputFile.bytes(at: folder + "/log.txt"), as: UTF8.self)
        #expect(log.contains("phase pretrained: resumes at step 20 of 30 steps"), "\(log)")
        try sweep.expectTheSameEnd("results", "with a damaged status")
        // That of a complete run is not believed any more either.
        try flip(folder + "/status.json", at: 0.5)
        let plan = try sweep.modlab.run(
          "plan", "m.yaml", "--seeds", "0,9", "--out", "results", "--json")
        #expect(try plan.records.map { $0["reason"] } == ["resume", "done"])
        try sweep.expectTheSameEnd("results", "complete, with a damaged status")
      }
    }

    @Test func aCheckpointOfAnotherConfigurationIsRefusedWithWhatDiffers() throws {
      try withKilledRun { sweep, folder in
        let other = try sweep.modlab.run(
          "plan", "m.yaml", "--seeds", "1", "--out", "results", "--set", "mask.beta=0.5", "--json")
        let hash = try #require(try other.records.first?["hash"]?.stringValue)
        let old = try #require(folder.firstMatch(of: /main-(\w+)/)?.1)
        let target = "\(sweep.modlab.folder)/results/addmul-fnn/runs/main-\(hash)/seed-00"
        try Folder.create(at: target)
        try FileManager.default.copyItem(
          atPath: folder + "/checkpoint.safetensors", toPath: target + "/checkpoint.safetensors")
        let outcome = try sweep.modlab.run(
          "run", "m.yaml", "--seeds", "1", "--out", "results", "--set", "mask.beta=0.5",
          environment: TinySweep.environment)
        #expect(outcome.code == 5, "\(outcome.error)")
        #expect(outcome.error.contains("of another configuration"), "\(outcome.error)")
        #expect(outcome.error.contains(old) && outcome.error.contains(hash), "\(outcome.error)")
        #expect(outcome.error.contains("mask.beta: 0.0001, now 0.5"), "\(outcome.error)")
      }
    }

    /// How many values of a table are not defined, by the cells of their row of the summary: what is
    /// no number is no measurement.
    private func undefinedValues(_ path: String) throws -> [[String]: Int] {
      let table = try CSVTable.read(path)
      let seed = try #require(table.header.firstIndex(of: "seed"))
      return table.rows.reduce(into: [:]) { counts, row in
        guard row.last == "NaN" else { return }
        counts[Array(row[..<seed] + row[(seed + 1)..<(row.count - 1)]), default: 0] += 1
      }
    }

    @Test func aRunThatDivergesIsNamedCountedAndNeverAveraged() throws {
      try withKilledRun { sweep, folder in
        // A weight that is not a number, as a fault of the memory might leave it.
        let path = folder + "/checkpoint.safetensors"
        var checkpoint = try Checkpoint.read(path)
        guard case .float32(var weights)? = checkpoint.tensors["state/pretrained/layers.1.weight"]
        else {
          Issue.record("no weights in \(checkpoint.tensors.keys.sorted())")
          return
        }
        weights[flat: 3] = .nan
        checkpoint.tensors["state/pretrained/layers.1.weight"] = .float32(weights)
        try Checkpoint.write(
          checkpoint.tensors, metadata: checkpoint.metadata, to: path, keepPrevious: false)
        let outcome = try sweep.modlab.run(
          "run", "m.yaml", "--seeds", "0,1,9", "--out", "results", "--retry", "failed",
          environment: TinySweep.environment)
        #expect(outcome.code == 1, "\(outcome.error)")
        #expect(
          outcome.error.contains(
            "diverged in phase 'pretrained' at step 20: 'layers.1.weight' is not finite"),
          "\(outcome.error)")
        let results = sweep.modlab.folder + "/results/addmul-fnn"
        var tables = 0
        for name in try Folder.contents(at: results) where name.hasSuffix("_summary.csv") {
          let table = try CSVTable.read("\(results)/\(name)")
          let n = try #require(table.header.firstIndex(of: "n"))
          let failed = try #require(table.header.firstIndex(of: "n_failed"))
          let undefined = try undefinedValues(
            "\(results)/\(name.replacingOccurrences(of: "_summary", with: ""))")
          #expect(
            table.rows.allSatisfy { row in
              let count = undefined[Array(row[..<n]), default: 0]
              return row[n] == String(2 - count) && row[failed] == String(1 + count)
            }, "\(name)")
          #expect(!table.rows.joined().contains { $0 == "NaN" || $0.contains("inf") }, "\(name)")
          tables += 1
        }
        #expect(tables >= 6)
        let rows = try CSVTable.read(results + "/accuracy.csv")
        let seed = try #require(rows.header.firstIndex(of: "seed"))
        #expect(Set(rows.rows.map { $0[seed] }) == ["1", "9"])
      }
    }

    @Test func anAbsurdLearningRateIsRefusedOrDiverges() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(TinySweep.manifest, to: "m.yaml")
        let refused = try modlab.run("run", "m.yaml", "--set", "pretrain.lr=1e6")
        #expect(refused.code == 2, "\(refused.error)")
        #expect(refused.error.contains("pretrain.lr"), "\(refused.error)")
        let hidden = "[" + Array(repeating: "16", count: 16).joined(separator: ",") + "]"
        let outcome = try modlab.run(
          "run", "m.yaml", "--seeds", "2", "--set", "pretrain.lr=1000", "--set",
          "model.hidden=\(hidden)", environment: TinySweep.environment)
        #expect(outcome.code == 1, "\(outcome.error)")
        #expect(outcome.error.contains("diverged in phase 'pretrained' at step"))
        let table = try CSVTable.read(modlab.folder + "/results/addmul-fnn/runs.csv")
        let column = try #require(table.header.firstIndex(of: "status"))
        #expect(table.rows.map { $0[column] } == ["diverged", "diverged"])
        #expect(!Folder.exists(modlab.folder + "/results/addmul-fnn/accuracy_summary.csv"))
      }
    }
  }
}
