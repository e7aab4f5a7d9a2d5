import Foundation
import Store
import Tensors
import TestSupport
import Testing

@testable import CommandLine

@Suite struct MaskVerbTests {
  /// Two stages of two layers: `add` keeps 1100 and 11, `mul` keeps 1010 and 01.
  private func writeMasks(_ path: String) throws {
    try Safetensors.write(
      [
        "add/a.weight": .uint8([1, 1, 0, 0], [2, 2]), "add/b.weight": .uint8([1, 1], [2]),
        "add/a.weight.logit": .float32(Tensor([1, 1, -1, -1], shape: [2, 2])),
        "mul/a.weight": .uint8([1, 0, 1, 0], [2, 2]), "mul/b.weight": .uint8([0, 1], [2]),
      ], metadata: ["experiment": "line", "hash": "0123456789"], to: path)
  }

  private func bits(_ file: SafetensorsFile, _ name: String) -> [UInt8]? {
    guard case .uint8(let bits, _)? = file.tensors[name] else { return nil }
    return bits
  }

  @Test func infoCountsKeptWeights() throws {
    try withTemporaryFolder { path in
      let file = path + "/masks.safetensors"
      try writeMasks(file)
      let terminal = Terminal()
      #expect(terminal.run(["mask", "info", file, "--json"]) == .success)
      let records = try terminal.records
      #expect(records.map { $0["stage"] } == ["add", "add", "add", "mul", "mul", "mul"])
      #expect(records.map { $0["n_kept"] } == [2, 2, 4, 2, 1, 3])
      #expect(records[2]["layer"] == "all")
      #expect(records[2]["kept_frac"]?.numberValue == 4.0 / 6)
    }
  }

  @Test(
    arguments: [
      ("and", [1, 0, 0, 0], [0, 1]), ("or", [1, 1, 1, 0], [1, 1]),
      ("minus", [0, 1, 0, 0], [1, 0]),
    ] as [(String, [UInt8], [UInt8])])
  func stagesAreCombined(verb: String, a: [UInt8], b: [UInt8]) throws {
    try withTemporaryFolder { path in
      let file = path + "/masks.safetensors"
      let output = path + "/out.safetensors"
      try writeMasks(file)
      let terminal = Terminal()
      let words = ["mask", verb, "\(file):add", "\(file):mul", "--output", output]
      #expect(terminal.run(words) == .success)
      let result = try Safetensors.read(output)
      #expect(bits(result, "add-\(verb)-mul/a.weight") == a)
      #expect(bits(result, "add-\(verb)-mul/b.weight") == b)
      #expect(result.tensors.count == 2)
      #expect(result.metadata["experiment"] == "line")
      #expect(result.metadata["stages"] == "add-\(verb)-mul")
      #expect(terminal.run(words + ["--as", "mine"]) == .success)
      #expect(bits(try Safetensors.read(output), "mine/a.weight") == a)
    }
  }

  @Test func notInvertsAllStages() throws {
    try withTemporaryFolder { path in
      let file = path + "/masks.safetensors"
      let output = path + "/out.safetensors"
      try writeMasks(file)
      #expect(Terminal().run(["mask", "not", file, "--output", output]) == .success)
      let result = try Safetensors.read(output)
      #expect(bits(result, "add/a.weight") == [0, 0, 1, 1])
      #expect(bits(result, "mul/b.weight") == [1, 0])
    }
  }

  @Test func filesAreCombinedStageByStage() throws {
    try withTemporaryFolder { path in
      let file = path + "/masks.safetensors"
      let output = path + "/out.safetensors"
      try writeMasks(file)
      #expect(Terminal().run(["mask", "minus", file, file, "--output", output]) == .success)
      let result = try Safetensors.read(output)
      #expect(
        Set(result.tensors.keys) == [
          "add/a.weight", "add/b.weight", "mul/a.weight", "mul/b.weight",
        ])
      #expect(bits(result, "add/a.weight") == [0, 0, 0, 0])
    }
  }

  @Test func overlapAddsCountsAndNotFractions() throws {
    try withTemporaryFolder { path in
      let file = path + "/masks.safetensors"
      try writeMasks(file)
      let terminal = Terminal()
      #expect(
        terminal.run(["mask", "overlap", "\(file):add", "\(file):mul", "--json"]) == .success)
      let records = try terminal.records
      #expect(records.map { $0["layer"] } == ["a.weight", "b.weight", "all"])
      let all = records[2]
      #expect(all["n_a"] == 4 && all["n_b"] == 3 && all["n_inter"] == 2 && all["n_union"] == 5)
      #expect(all["iou"]?.numberValue == 0.4)
      #expect(all["iomin"]?.numberValue == 2.0 / 3)
      #expect(records[0]["iou"]?.numberValue == 1.0 / 3)
    }
  }

  @Test func mistakesAreExplained() throws {
    try withTemporaryFolder { path in
      let file = path + "/masks.safetensors"
      try writeMasks(file)
      func run(_ words: String...) -> (ExitCode, String) {
        let terminal = Terminal()
        return (terminal.run(["mask"] + words), terminal.error)
      }
      let unknown = run("overlap", "\(file):ad", "\(file):mul")
      #expect(unknown.0 == .usage && unknown.1.contains("did you mean 'add'?"))
      let several = run("overlap", file, "\(file):mul")
      #expect(several.0 == .usage && several.1.contains("select one: \(file):add"))
      #expect(run("info", path + "/none.safetensors").0 == .dataMissing)
      let slash = run("and", "\(file):add", "\(file):mul", "--output", file, "--as", "a/b")
      #expect(slash.0 == .usage)

      try Safetensors.write(["add/a.weight": .uint8([1, 2], [2])], metadata: [:], to: path + "/2")
      #expect(run("info", path + "/2").1.contains("it holds 2, masks hold 0 and 1"))
      try Safetensors.write(["a.weight": .uint8([1, 1], [2])], metadata: [:], to: path + "/3")
      #expect(run("info", path + "/3").0 == .corrupt)
      let other = path + "/other"
      try Safetensors.write(["add/a.weight": .uint8([1, 1], [2])], metadata: [:], to: other)
      let shapes = run("overlap", "\(file):add", other)
      #expect(shapes.0 == .corrupt && shapes.1.contains("'a.weight' has the shapes"))
      try AtomicFile.write("short", to: path + "/4")
      #expect(run("info", path + "/4").0 == .corrupt)
    }
  }

  @Test func aChangedByteOfAFileWithChecksumsIsNoticed() throws {
    try withTemporaryFolder { path in
      let file = path + "/masks.safetensors"
      let output = path + "/out.safetensors"
      try writeMasks(file)
      #expect(Terminal().run(["mask", "not", file, "--output", output]) == .success)
      var bytes = try InputFile.bytes(at: output)
      bytes[bytes.count - 1] ^= 1
      try AtomicFile.write(bytes, to: output)
      #expect(Terminal().run(["mask", "info", output]) == .corrupt)
    }
  }

  /// Six units, of which the mask keeps those of cluster 0; the seventh has no cluster.
  @Test func keptUnitsAreComparedWithClusters() throws {
    try withTemporaryFolder { path in
      let (masks, partitions) = (path + "/masks.safetensors", path + "/partitions.safetensors")
      try Safetensors.write(
        [
          "add/a.weight": .uint8([1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1], [7, 2]),
          "add/b.weight": .uint8([1, 1], [2]),
        ], metadata: [:], to: masks)
      func write(_ layer: String, _ labels: [Int64]) throws {
        try Safetensors.write(
          [
            "trained/weights-k2/inputs": .int64([0, 1], [2]),
            "trained/weights-k2/\(layer)": .int64(labels, [labels.count]),
          ], metadata: [:], to: partitions)
      }
      try write("a", [0, 0, 0, 1, 1, 1, -1])
      let terminal = Terminal()
      let words = ["mask", "clusters", masks, partitions]
      #expect(terminal.run(words + ["--json"]) == .success)
      let records = try terminal.records
      #expect(records.map { $0["layer"] } == ["a"])
      #expect(records[0]["n_units"] == 6)
      let information = try #require(records[0]["mutual_information"]?.numberValue)
      #expect(abs(information - log(2)) < 1e-12)
      #expect(records[0]["normalized_mutual_information"]?.numberValue == 1)
      // 2 of 20 permutations tell all, the others ln 2 − (ln 3 − 2/3 ln 2).
      let chance = try #require(records[0]["chance_mutual_information"]?.numberValue)
      let expected = 0.1 * log(2) + 0.9 * (5.0 / 3 * log(2) - log(3))
      #expect(abs(chance - expected) < 0.02)

      try write("a", [0, 0, 1])
      #expect(terminal.run(words) == .corrupt)
      #expect(terminal.error.contains("'a' has 3 units, the mask has 7"))
      try write("c", [0, 0, 1])
      #expect(terminal.run(words) == .corrupt)
      #expect(
        terminal.error.contains("it has the layers c, inputs, the masks are of a.weight, b.weight"))
    }
  }
}
