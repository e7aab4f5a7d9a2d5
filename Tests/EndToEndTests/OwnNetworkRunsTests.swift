import Foundation
import Store
import Tensors
import Testing

extension EndToEndTests {
  /// A network and data of one's own as a new user has them: init, run, export, predict.
  @Suite(.serialized) struct OwnNetworkRunsTests {
    private static let count = 40

    /// Writes a network of 6 inputs and 3 classes that says what it is.
    private func writeNetwork(_ modlab: Modlab) throws {
      func noise(_ shape: Shape, _ name: String) -> StoredTensor {
        .float32(RandomSource(seed: 3).stream(name).normal(shape))
      }
      try Safetensors.write(
        [
          "layers.0.weight": noise([8, 6], "w0"), "layers.0.bias": noise([8], "b0"),
          "layers.1.weight": noise([3, 8], "w1"), "layers.1.bias": noise([3], "b1"),
        ], metadata: ["architecture": #"{"kind": "mlp"}"#], to: "\(modlab.folder)/net.safetensors")
    }

    /// Files of one kind with the same 40 examples.
    private func writeData(_ kind: String, _ modlab: Modlab) throws -> [String] {
      var x: [UInt8] = []
      for place in 0..<Self.count * 6 {
        let number = place * 37 + (place / 6) * 11
        x.append(UInt8(number % 251))
      }
      let y: [UInt8] = (0..<Self.count).map { UInt8($0 % 3) }
      func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        try AtomicFile.write(bytes, to: "\(modlab.folder)/\(name)")
        return name
      }
      func npy(_ shape: String, _ bytes: [UInt8]) -> [UInt8] {
        var header = "{'descr': '|u1', 'fortran_order': False, 'shape': \(shape), }"
        header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
        let start: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0]
        return start + Array(header.utf8) + bytes
      }
      func idx(_ extents: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        var file: [UInt8] = [0, 0, 8, UInt8(extents.count)]
        for extent in extents { file += [0, 0, 0, extent] }
        return file + bytes
      }
      switch kind {
      case "safetensors":
        try Safetensors.write(
          [
            "train_x": .uint8(x, [Self.count, 6]), "train_y": .uint8(y, [Self.count]),
            "test_x": .uint8(Array(x.prefix(60)), [10, 6]),
            "test_y": .uint8(Array(y.prefix(10)), [10]),
          ], to: "\(modlab.folder)/d.safetensors")
        return ["d.safetensors"]
      case "npy":
        return [
          try write("x.npy", npy("(\(Self.count), 6)", x)),
          try write("y.npy", npy("(\(Self.count),)", y)),
        ]
      case "csv":
        let names = ["red", "green", "blue"]
        let lines = (0..<Self.count).map { row -> String in
          let numbers = x[row * 6..<row * 6 + 6].map { String($0) }
          return (numbers + [names[row % 3]]).joined(separator: ",")
        }
        let text = "a,b,c,d,e,f,colour\n" + lines.joined(separator: "\n") + "\n"
        return [try write("d.csv", Array(text.utf8))]
      default:
        return [
          try write("images-idx2-ubyte", idx([UInt8(Self.count), 6], x)),
          try write("labels-idx1-ubyte", idx([UInt8(Self.count)], y)),
        ]
      }
    }

    @Test(arguments: ["safetensors", "npy", "csv", "idx"])
    func initWritesAManifestThatRuns(kind: String) throws {
      try Modlab.inTemporaryFolder { modlab in
        try writeNetwork(modlab)
        let data = try writeData(kind, modlab).flatMap { ["--data", $0] }
        let make = ["init", "--network", "net.safetensors"] + data + ["-o", "m.yaml"]
        let made = try modlab.run(make)
        #expect(made.code == 0, "\(made.error)")
        #expect(made.output.contains("next: modlab run m.yaml --profile smoke"))
        let text = try modlab.text("m.yaml")
        #expect(text.contains("low: {targets: [") && text.contains("loss: cross-entropy"))
        #expect(text.contains("classes: [\"blue\", \"green\", \"red\"]") == (kind == "csv"))
        #expect(text.contains("test: {inputs:") == (kind == "safetensors"))
        let run = try modlab.run("run", "m.yaml", "--profile", "smoke", "-q")
        #expect(run.code == 0, "\(run.error)")
        let table = try modlab.text("results/m/accuracy_summary.csv")
        #expect(table.contains("pretrained") && table.contains("high"))
        let again = try modlab.run(make)
        #expect(again.code == 2 && again.error.contains("'m.yaml' exists"))
      }
    }

    @Test func whatInitCannotMeanIsSaid() throws {
      try Modlab.inTemporaryFolder { modlab in
        try writeNetwork(modlab)
        try Safetensors.write(
          ["x": .uint8([1, 2, 3, 4], [2, 2])], to: "\(modlab.folder)/d.safetensors")
        let outcome = try modlab.run(
          "init", "--network", "net.safetensors", "--data", "d.safetensors", "-o", "m.yaml")
        #expect(outcome.code == 4)
        #expect(
          outcome.error == """
            error: no array fits the inputs of the network
              why: the network takes N×6; there are d.safetensors#x 2×2
              help: name the files of inputs and targets with --data, once for each file

            """)
      }
    }

    /// Faults of files and of sub-tasks come before anything runs, with the place in the manifest.
    @Test func faultsAreFoundBeforeAnythingRuns() throws {
      try Modlab.inTemporaryFolder { modlab in
        try writeNetwork(modlab)
        _ = try writeData("npy", modlab)
        try modlab.write(
          """
          schema: 1
          experiment: own-network
          seeds: 3
          network: {weights: net.safetensors}
          data: {train: {inputs: x.npy, targets: y.npy}, test: {inputs: x.npy, targets: y.npy}}
          subtasks:
            some: {targets: [0, 1]}
            none: {where: {length: 3}}
          """, to: "m.yaml")
        let outcome = try modlab.run("run", "m.yaml")
        #expect(outcome.code == 3)
        #expect(outcome.error.contains("error: m.yaml:8:10: subtasks.none.where needs a table"))
        #expect(try Folder.contents(at: modlab.folder + "/results/m/runs").isEmpty)
      }
    }

    /// A file that changes makes the run new; what was exported gives the logits of the network.
    @Test func dataAreOnRecordAndLogitsComeFromExports() throws {
      try Modlab.inTemporaryFolder { modlab in
        try writeNetwork(modlab)
        _ = try writeData("npy", modlab)
        let made = try modlab.run(
          "init", "--network", "net.safetensors", "--data", "x.npy", "--data", "y.npy", "-o",
          "m.yaml")
        #expect(made.code == 0, "\(made.error)")
        let profile = ["m.yaml", "--profile", "smoke"]
        #expect(try modlab.run(["run", "-q"] + profile).code == 0)
        let runs = try Folder.contents(at: modlab.folder + "/results/m/runs")
        let folder = "results/m/runs/\(runs[0])/seed-00"
        let status = try modlab.text("\(folder)/status.json")
        for file in ["x.npy", "y.npy", "net.safetensors"] { #expect(status.contains(file)) }
        let export = try modlab.run("export", folder, "--to", "x", "--evaluation-set")
        #expect(export.code == 0, "\(export.error)")
        let predict = try modlab.run(
          "predict", "--manifest", "m.yaml", "--profile", "smoke", "--weights",
          "x/weights.safetensors", "--masks", "x/masks.safetensors", "--stage", "low", "--inputs",
          "x/evaluation.safetensors", "--output", "logits.safetensors")
        #expect(predict.code == 0, "\(predict.error)")
        var plan = try modlab.run(["plan", "--json"] + profile)
        #expect(plan.output.contains("\"done\""))
        // One byte of the data is another.
        var bytes = try InputFile.bytes(at: modlab.folder + "/x.npy")
        bytes[bytes.count - 1] ^= 1
        try AtomicFile.write(bytes, to: modlab.folder + "/x.npy")
        plan = try modlab.run(["plan", "--json"] + profile)
        #expect(!plan.output.contains("\"done\""), "\(plan.output)")
      }
    }
  }
}
