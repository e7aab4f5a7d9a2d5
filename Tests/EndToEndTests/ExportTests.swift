import Foundation
import Store
import Tensors
import Testing

extension EndToEndTests {
  @Suite struct ExportTests {
    /// The folder of the first run of a study.
    private func run(_ modlab: Modlab, _ manifest: String) throws -> String {
      try modlab.write(manifest, to: "m.yaml")
      let done = try modlab.run("run", "m.yaml", "--seeds", "1", "-q")
      try #require(done.code == 0, "\(done.error)")
      let studies = try Folder.contents(at: modlab.folder + "/results").filter {
        Folder.exists("\(modlab.folder)/results/\($0)/runs")
      }
      let runs = "results/\(try #require(studies.first))/runs"
      let name = try #require(try Folder.contents(at: "\(modlab.folder)/\(runs)").first)
      return "\(runs)/\(name)/seed-00"
    }

    private func tensors(_ modlab: Modlab, _ path: String) throws -> [String: StoredTensor] {
      try Safetensors.read("\(modlab.folder)/\(path)").tensors
    }

    /// The number of a row of `metrics/accuracy.csv`.
    private func accuracy(
      _ modlab: Modlab, _ run: String, _ keys: [String]
    ) throws -> Double {
      let table = try modlab.text("\(run)/metrics/accuracy.csv")
      let start = (keys + ["accuracy"]).joined(separator: ",") + ","
      let line = try #require(table.split(separator: "\n").first { $0.hasPrefix(start) })
      return try #require(Double(line.dropFirst(start.count)))
    }

    @Test func theAccuracyOfTheTableFollowsFromTheExport() throws {
      try Modlab.inTemporaryFolder { modlab in
        let run = try run(modlab, Manifests.quick)
        let export = try modlab.run("export", run, "--to", "x", "--evaluation-set", "--json")
        #expect(export.code == 0, "\(export.error)")
        #expect(
          try export.records.map { $0["file"] } == [
            "x/weights.safetensors", "x/masks.safetensors", "x/evaluation.safetensors",
          ])
        let examples = try tensors(modlab, "x/evaluation.safetensors")
        let targets = try #require(examples["targets"]?.int64)
        let words = [
          "predict", "--manifest", "m.yaml", "--weights", "x/weights.safetensors", "--inputs",
          "x/evaluation.safetensors", "--output", "y.safetensors",
        ]
        let masks = ["--masks", "x/masks.safetensors", "--stage", "add"]
        for (options, keys) in [
          ([], ["pretrained", "none"]), (masks, ["add", "mask"]),
          (masks + ["--invert"], ["add", "inverse"]),
        ] {
          let predict = try modlab.run(words + options)
          #expect(predict.code == 0, "\(predict.error)")
          let logits = try #require(try tensors(modlab, "y.safetensors")["logits"]?.float32)
          let answers = logits.argmaxRows()
          for set in ["iid", "add", "mul"] {
            let members = try #require(examples["set/\(set)"]?.bytes)
            let rows = members.indices.filter { members[$0] == 1 }
            let right = rows.count { Int(targets[$0]) == answers[$0] }
            let wanted = try accuracy(modlab, run, keys + [set])
            #expect(abs(wanted - Double(right) / Double(rows.count)) <= 1e-12, "\(keys) \(set)")
          }
        }
      }
    }

    @Test func anLSTMGetsTheSecondBiasOfPyTorch() throws {
      try Modlab.inTemporaryFolder { modlab in
        let run = try run(
          modlab,
          """
          schema: 1
          experiment: addmul-lstm
          task: {digits: 1, train-size: 100, valid-size: 20}
          model: {units: 2, layers: 2}
          pretrain: {steps: 2, batch: 4}
          mask: {steps: 2, samples: 1, roles: [weight, bias]}

          """)
        #expect(try modlab.run("export", run, "--to", "x", "--evaluation-set").code == 0)
        let stored = try tensors(modlab, "\(run)/weights.safetensors")
        var weights = try tensors(modlab, "x/weights.safetensors")
        for layer in 0...1 {
          #expect(stored["lstm.bias_hh_l\(layer)"] == nil)
          #expect(weights["lstm.bias_hh_l\(layer)"] == .float32(Tensor(zeros: [8])))
        }
        #expect(weights.count == stored.count + 2)
        // Its checksums are those of what it holds.
        #expect(try Checkpoint.read("\(modlab.folder)/x/weights.safetensors").warning == nil)
        // Masks are copied as they are.
        #expect(
          try InputFile.bytes(at: "\(modlab.folder)/x/masks.safetensors")
            == InputFile.bytes(at: "\(modlab.folder)/\(run)/masks.safetensors"))

        func logits(_ weights: String) throws -> (Tensor<Float>, error: String) {
          let predict = try modlab.run(
            "predict", "--manifest", "m.yaml", "--weights", weights, "--inputs",
            "x/evaluation.safetensors", "--output", "y.safetensors")
          #expect(predict.code == 0, "\(predict.error)")
          return (
            try #require(try tensors(modlab, "y.safetensors")["logits"]?.float32), predict.error
          )
        }
        let own = try logits("\(run)/weights.safetensors")
        let exported = try logits("x/weights.safetensors")
        #expect(own.0 == exported.0 && exported.error.isEmpty)
        // Halves of the bias in both places are the bias.
        for layer in 0...1 {
          var half = try #require(weights["lstm.bias_ih_l\(layer)"]?.float32)
          half.scale(by: 0.5)
          weights["lstm.bias_ih_l\(layer)"] = .float32(half)
          weights["lstm.bias_hh_l\(layer)"] = .float32(half)
        }
        try Safetensors.write(weights, to: modlab.folder + "/halves.safetensors")
        let halves = try logits("halves.safetensors")
        #expect(halves.0 == own.0)
        #expect(halves.error.contains("'lstm.bias_hh_l0' was added to 'lstm.bias_ih_l0'"))
      }
    }
  }
}
