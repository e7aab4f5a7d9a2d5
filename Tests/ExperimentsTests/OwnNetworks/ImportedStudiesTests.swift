import ExperimentKit
import Experiments
import Store
import Tensors
import Testing

/// Studies of networks that PyTorch has exported.
@Suite struct ImportedStudiesTests {
  private static func program(_ name: String) -> String {
    Repository.root.appendingPathComponent("Fuzzing/Corpora/program/\(name)").path
  }

  private static func manifest(_ program: String, _ rest: String = "") -> String {
    """
    schema: 1
    experiment: own-network
    network: {import: \(Self.program(program))}
    data:
      train: {inputs: "d.safetensors#x", targets: "d.safetensors#y"}
      test: {inputs: "d.safetensors#x", targets: "d.safetensors#y"}
    \(OwnStudies.short)
    \(rest)
    """
  }

  @Test func `a perceptron is masked under the names of its state dictionary`() throws {
    try OwnStudies.inFolder { studies in
      try Safetensors.write(
        [
          "x": .float32(Tensor(OwnStudies.noise(40 * 7, "x"), shape: [40, 7])),
          "y": .int64((0..<40).map { Int64($0 % 4) }, [40]),
        ], to: "\(studies.folder)/d.safetensors")
      let context = try studies.run(
        Self.manifest("mlp.pt2", "subtasks: {low: {targets: [0, 1]}}"))
      #expect(
        context.texts(.layerStats, 1) == ["0.weight", "2.weight", "4.weight", "all"])
      #expect(context.texts(.trainingCurve, 0) == ["full", "low"], "nothing else is trained")
      #expect(context.dataFiles.keys.contains { $0.hasSuffix("mlp.pt2") })
    }
  }

  @Test func `tokens go through an LSTM, and those beyond its table are named`() throws {
    try OwnStudies.inFolder { studies in
      func write(_ tokens: [Int64]) throws {
        try Safetensors.write(
          ["x": .int64(tokens, [8, 5]), "y": .int64((0..<8).map { Int64($0 % 3) }, [8])],
          to: "\(studies.folder)/d.safetensors")
      }
      try write((0..<40).map { Int64($0 % 11) })
      let context = try studies.run(Self.manifest("lstm-last.pt2"))
      #expect(try context.value(.accuracy, ["full", "mask", "iid"], "n_examples") == 8)
      try write((0..<40).map { Int64($0 % 12) })
      #expect(
        studies.failure(Self.manifest("lstm-last.pt2")) == """
          d.safetensors#x: row 2 has the token 11
            why: tokens are the whole numbers 0 to 10
            help: raise the number of tokens, or number them anew
          """)
    }
  }

  @Test func `heads of attention are units, and where there is none that is said`() throws {
    try OwnStudies.inFolder { studies in
      try Safetensors.write(
        [
          "x": .int64((0..<40).map { Int64($0 % 9) }, [8, 5]),
          "y": .int64((0..<8).map { Int64($0 % 3) }, [8]),
        ], to: "\(studies.folder)/d.safetensors")
      let program = Repository.root.appendingPathComponent(
        "Tests/NetworkFilesTests/Goldens/programs/attention-packed.pt2"
      ).path
      let manifest = Self.manifest("mlp.pt2").replacing(
        "mask: {steps", with: "mask: {unit: head, steps")
      let context = try studies.run(manifest.replacing(Self.program("mlp.pt2"), with: program))
      #expect(try context.value(.layerStats, ["full", "qkv.weight"], "n_units") == 2)
      #expect(try context.value(.layerStats, ["full", "qkv.bias"], "n_weights") == 24)
      #expect(
        studies.failure(manifest).contains(
          "mask.unit is 'head', but the network has no layer of attention with projections of its own"
        ))
    }
  }

  @Test func `files that are no network keep their exit code`() throws {
    try OwnStudies.inFolder { studies in
      try studies.write("model.pt2", "no archive")
      let manifest = Self.manifest("mlp.pt2").replacing(
        Self.program("mlp.pt2"), with: "\(studies.folder)/model.pt2")
      let damaged = #expect(throws: Failure.self) { try studies.check(manifest) }
      #expect(damaged?.exitCode == .corrupt)
      let missing = #expect(throws: Failure.self) {
        try studies.check(manifest.replacing("model.pt2", with: "nowhere.pt2"))
      }
      #expect(missing?.exitCode == .dataMissing)
    }
  }

  @Test func `a file that is written anew is read anew`() throws {
    try OwnStudies.inFolder { studies in
      let path = "\(studies.folder)/net.pt2"
      let manifest = Self.manifest("mlp.pt2").replacing(Self.program("mlp.pt2"), with: path)
      try AtomicFile.write(try InputFile.bytes(at: Self.program("mlp.pt2")), to: path)
      for _ in 0..<2 {
        let network = try studies.prepare(manifest).prepared.describe()
        #expect(network.rows.contains { $0.layer == "4.weight" })
      }
      try AtomicFile.write("no archive", to: path)
      #expect(throws: Failure.self) { try studies.prepare(manifest) }
    }
  }
}
