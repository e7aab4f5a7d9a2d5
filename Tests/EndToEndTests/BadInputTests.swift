import Foundation
import Store
import Tensors
import Testing

extension EndToEndTests {
  @Suite struct BadInputTests {
    @Test(arguments: [
      (["runn", "m.yaml"], "did you mean 'run'?"),
      (["run", "m.yaml", "--worker", "3"], "did you mean '--workers'?"),
      (["run", "m.yaml", "--profile", "quik"], "did you mean 'quick'?"),
      (["run", "m.yaml", "--set", "mask.betta=1"], "did you mean 'beta'?"),
      (["run", "m.yaml", "--only", "mian"], "did you mean 'main'?"),
      (["run", "m.yaml", "--seeds", "many"], "seeds cannot be 'many'"),
      (["run"], "needs at least one MANIFEST"),
      (["mask", "overlaps", "a", "b"], "did you mean 'overlap'?"),
      (["worker"], "is for modlab's own use"),
    ])
    func mistakesOfTheCommandLineEndWith2(words: [String], text: String) throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.quick, to: "m.yaml")
        let outcome = try modlab.run(words)
        #expect(outcome.code == 2)
        #expect(outcome.error.contains(text), "\(outcome.error)")
        #expect(outcome.output == "")
        #expect(!Folder.exists(modlab.folder + "/results"))
      }
    }

    @Test(arguments: [
      ("pretrain: {stepz: 3}", "m.yaml:3:12", "did you mean 'steps'?"),
      ("pretrain: {steps: many}", "m.yaml:3:19", "many"),
      ("pretrain: {steps: -1}", "m.yaml:3:19", "-1"),
      ("pretrain: {steps: 3, steps: 4}", "m.yaml:3:22", "steps"),
      ("pretrain: {steps: [", "m.yaml:", "invalid YAML"),
      ("pretran: {steps: 3}", "m.yaml:3:1", "pretrain"),
    ])
    func mistakesOfTheManifestEndWith3(line: String, place: String, text: String) throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write("schema: 1\nexperiment: addmul-fnn\n\(line)\n", to: "m.yaml")
        for verb in ["run", "plan", "describe"] {
          let outcome = try modlab.run(verb, "m.yaml")
          #expect(outcome.code == 3)
          #expect(outcome.error.contains(place), "\(outcome.error)")
          #expect(outcome.error.contains(text), "\(outcome.error)")
        }
      }
    }

    @Test func missingFilesAreNamed() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.quick, to: "m.yaml")
        let manifest = try modlab.run("run", "none.yaml")
        #expect(manifest.code == 3)
        #expect(manifest.error.contains("'none.yaml'"))
        #expect(manifest.error.contains("No such file"))
        let weights = try modlab.run(
          "predict", "--manifest", "m.yaml", "--weights", "w", "--inputs", "x", "--output", "y")
        #expect(weights.code == 4)
        #expect(weights.error.contains("'w'"))
        #expect(try modlab.run("mask", "info", "none").code == 4)
        let folder = try modlab.run("status", "none")
        #expect(folder.code == 6)
        #expect(folder.error.contains("modlab run"))
      }
    }

    @Test func damagedFilesEndWith5() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.quick, to: "m.yaml")
        let words = [
          "predict", "--manifest", "m.yaml", "--weights", "w", "--inputs", "x", "--output", "y",
        ]
        for bytes in [
          [], [1, 2, 3], Array("\u{8}nonsense".utf8), Array(repeating: 0xFF, count: 64),
        ]
          as [[UInt8]]
        {
          try AtomicFile.write(bytes, to: modlab.folder + "/w")
          let outcome = try modlab.run(words)
          #expect(outcome.code == 5, "\(outcome.error)")
          #expect(outcome.error.contains("error: "))
        }
        // A checkpoint without a previous one: the run fails, and says how to begin anew.
        let plan = try modlab.run("plan", "m.yaml", "--seeds", "1", "--json")
        let record = try #require(plan.records.first)
        let hash = try #require(record["hash"]?.stringValue)
        let folder = "\(modlab.folder)/results/addmul-fnn/runs/main-\(hash)/seed-00"
        try Folder.create(at: folder)
        try AtomicFile.write("nonsense", to: folder + "/checkpoint.safetensors")
        let run = try modlab.run("run", "m.yaml", "--seeds", "1")
        #expect(run.code == 5, "\(run.error)")
        #expect(run.error.contains("checkpoint.safetensors"))
        let retry = try modlab.run("run", "m.yaml", "--seeds", "1", "--retry", "failed")
        #expect(retry.code == 0, "\(retry.error)")
      }
    }

    @Test func whereNothingCanBeWrittenTheEndIs6() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.quick, to: "m.yaml")
        try modlab.write("a file", to: "results")
        let outcome = try modlab.run("run", "m.yaml")
        #expect(outcome.code == 6)
        #expect(outcome.error.contains("results"))
        #expect(try modlab.text("results") == "a file")
        #expect(try modlab.run("run", "m.yaml", "--out", "/proc/none").code == 6)
      }
    }

    @Test func divergenceIsAStateOfItsOwn() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.quick, to: "m.yaml")
        // Sixteen layers of weights near a thousand are more than single precision can hold.
        let hidden = "[" + Array(repeating: "32", count: 16).joined(separator: ",") + "]"
        let outcome = try modlab.run(
          "run", "m.yaml", "--seeds", "1", "--set", "pretrain.lr=1000", "--set",
          "model.hidden=\(hidden)")
        #expect(outcome.code == 1, "\(outcome.error)")
        #expect(outcome.error.contains("diverged in phase 'pretrained' at step"))
        let status = try modlab.run("status", "--json")
        #expect(try status.records.map { $0["state"] } == ["diverged"])
        #expect(try modlab.text("results/addmul-fnn/runs.csv").contains(",diverged,"))
      }
    }

    @Test func errorsAreRecordsToo() throws {
      try Modlab.inTemporaryFolder { modlab in
        let outcome = try modlab.run("plan", "none.yaml", "--json", "--color=always")
        #expect(outcome.code == 3)
        #expect(try outcome.records.map { $0["exit_code"] } == [3])
        #expect(outcome.error.hasPrefix("\u{1B}[31merror:"))
      }
    }
  }
}
