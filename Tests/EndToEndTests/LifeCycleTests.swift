import Foundation
import Store
import Tensors
import Testing

extension EndToEndTests {
  @Suite struct LifeCycleTests {
    @Test func resultsDoNotDependOnTheNumberOfWorkers() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.quick, to: "m.yaml")
        let one = try modlab.run("run", "m.yaml", "--workers", "1", "--out", "one", "--seeds", "3")
        #expect(one.code == 0, "\(one.error)")
        let three = try modlab.run("run", "m.yaml", "-j3", "--out", "three", "--seeds", "3")
        #expect(three.code == 0, "\(three.error)")
        let results = try modlab.results("one")
        #expect(results.keys.contains("addmul-fnn/accuracy_summary.csv"))
        #expect(results.count > 20)
        #expect(try modlab.results("three") == results)
        // Nor on which other runs there are.
        let single = try modlab.run("run", "m.yaml", "--out", "single", "--seeds", "2..2")
        #expect(single.code == 0, "\(single.error)")
        for (path, bytes) in try modlab.results("single") where path.contains("/runs/") {
          #expect(results[path] == bytes, "\(path)")
        }
      }
    }

    @Test func allVerbsWorkOnTheResults() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.quick, to: "m.yaml")
        let first = try modlab.run("run", "m.yaml", "--json")
        #expect(first.code == 0, "\(first.error)")
        let events = try first.records
        #expect(events.allSatisfy { $0["schema"] == "modlab-event-1" })
        for event in ["plan", "start", "step", "checkpoint", "finish", "summary"] {
          #expect(events.contains { $0["event"] == .string(event) }, "\(event)")
        }

        let again = try modlab.run("run", "m.yaml")
        #expect(again.code == 0)
        #expect(!again.error.contains("started"))
        let plan = try modlab.run("plan", "m.yaml", "--json")
        #expect(try plan.records.map { $0["reason"] } == ["done", "done"])
        #expect(try modlab.run("plan", "m.yaml").output.hasSuffix("\nnothing to compute\n"))

        let status = try modlab.run("status", "--json")
        #expect(try status.records.map { $0["state"] } == ["complete", "complete"])
        #expect(try modlab.run("status").output.contains("nothing left to compute"))

        let tables = try modlab.results("results")
        try FileManager.default.removeItem(
          atPath: modlab.folder + "/results/addmul-fnn/accuracy.csv")
        #expect(try modlab.run("summarize").code == 0)
        #expect(try modlab.results("results") == tables)

        let check = try modlab.run("check", "results")
        #expect(check.code == 0, "\(check.output)")
        #expect(check.output.contains("Claims: 1 hold, 0 do not."))

        let sweep = try JSONValue.parse(
          modlab.text("results/addmul-fnn/sweep.json"), file: "sweep.json")
        #expect(sweep["manifests"]?[0]?["text"] == .string(Manifests.quick))
        for key in [
          "cpu_features", "compiler", "kernel_level", "modlab_version", "program_sha256",
        ] {
          #expect(sweep["environment"]?[key]?.stringValue?.isEmpty == false, "\(key)")
        }
        // Nothing is computed by the command itself: each run records its own.
        #expect(sweep["environment"]?["blas_core"] == .null)
      }
    }

    @Test func networksLeaveAndComeBackAsFiles() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.quick, to: "m.yaml")
        #expect(try modlab.run("run", "m.yaml").code == 0)
        let names = try Folder.contents(at: modlab.folder + "/results/addmul-fnn/runs")
        let configuration = try #require(names.first)
        let run = "results/addmul-fnn/runs/\(configuration)/seed-00"
        #expect(try modlab.run("show", run).output.contains("mask.beta"))
        let same = try modlab.run("diff", run, run)
        #expect(same.output == "no differences\n")
        let other = try modlab.run("diff", run, run.replacing("seed-00", with: "seed-01"))
        #expect(other.output.contains("accuracy"))

        #expect(try modlab.run("export", run, "--to", "x").code == 0)
        let overlap = try modlab.run(
          "mask", "overlap", "x/masks.safetensors:add", "x/masks.safetensors:mul", "--json")
        #expect(try overlap.records.last?["layer"] == "all")

        try Safetensors.write(
          ["inputs": .float32(Tensor(repeating: 1, shape: [5, 22]))], metadata: [:],
          to: modlab.folder + "/inputs.safetensors")
        let words = [
          "predict", "--manifest", "m.yaml", "--weights", "x/weights.safetensors", "--inputs",
          "inputs.safetensors", "--output",
        ]
        let plain = try modlab.run(words + ["y.safetensors"])
        #expect(plain.code == 0, "\(plain.error)")
        let masks = ["--masks", "x/masks.safetensors", "--stage", "add"]
        #expect(try modlab.run(words + ["z.safetensors"] + masks).code == 0)
        #expect(try modlab.run(words + ["i.safetensors", "--invert"] + masks).code == 0)
        let logits = try ["y", "z", "i"].map {
          try Safetensors.read("\(modlab.folder)/\($0).safetensors").tensors["logits"]
        }
        #expect(logits.map { $0?.shape } == [[5, 10], [5, 10], [5, 10]])
        #expect(logits[1] != logits[2])
      }
    }
  }
}
