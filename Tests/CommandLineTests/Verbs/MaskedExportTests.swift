import ExperimentKit
import Runner
import Store
import Tensors
import TestSupport
import Testing

@testable import CommandLine

/// `modlab export --masked`.
@Suite struct MaskedExportTests {
  private func withRun(
    masks: [String: StoredTensor]?,
    _ body: (_ folder: String, _ export: ([String]) -> (code: ExitCode, error: String)) throws ->
      Void
  ) throws {
    try withTemporaryFolder { path in
      let run = RunFolder(path: path + "/seed-04")
      try Folder.create(at: run.path)
      let identity = RunIdentity(
        kind: "line", version: LineExperiment().version, variant: "main", profile: "smoke",
        configuration: ["line": ["outputs": 2, "slope": 1.0]])
      try AtomicFile.write(identity.json.serialized(pretty: true), to: run.configFile)
      var status = RunStatus(.complete)
      let weights: [String: StoredTensor] = [
        "rnn.weight_ih_l0": .float32(Tensor([1, 2, 3, 4], shape: [4, 1])),
        "rnn.bias_ih_l0": .float32(Tensor([5, 6, 7, 8], shape: [4])),
        "out.weight": .float32(Tensor([9, 10], shape: [2, 1])),
      ]
      for (name, tensors) in [("weights", weights), ("masks", masks ?? [:])] where !tensors.isEmpty
      {
        let file = "\(run.path)/\(name).safetensors"
        try Checkpoint.write(
          tensors, metadata: ["seed": "4", "hash": "0123456789"], to: file, keepPrevious: false)
        status.digests["\(name).safetensors"] = try SHA256.file(at: file)
      }
      try status.write(to: run.statusFile)
      try body(path) { words in
        let terminal = Terminal()
        let code = terminal.run(["export", run.path, "--to", path + "/x"] + words)
        return (code, terminal.error)
      }
    }
  }

  private static let masks: [String: StoredTensor] = [
    "even/rnn.weight_ih_l0": .uint8([1, 0, 0, 1], [4, 1]),
    "even/rnn.bias_ih_l0": .bool([0, 1, 1, 1], [4]),
    "odd/out.weight": .uint8([0, 1], [2, 1]),
    "odd/out.weight.logit": .float32(Tensor([-1, 1], shape: [2, 1])),
  ]

  @Test func weightsAreMultipliedByTheMasksOfAStage() throws {
    try withRun(masks: Self.masks) { folder, export in
      #expect(export(["--masked", "even", "--masked", "odd"]).code == .success)
      let even = try TensorFile.read(folder + "/x/masked-even.safetensors")
      #expect(even.tensors["rnn.weight_ih_l0"]?.float32?.scalars == [1, 0, 0, 4])
      #expect(even.tensors["rnn.bias_ih_l0"]?.float32?.scalars == [0, 6, 7, 8])
      #expect(even.tensors["rnn.bias_hh_l0"]?.float32?.scalars == [0, 0, 0, 0])
      #expect(even.tensors["out.weight"]?.float32?.scalars == [9, 10])
      #expect(even.tensors.count == 4)
      #expect(even.metadata["masked"] == "even" && even.metadata["hash"] == "0123456789")
      let odd = try TensorFile.read(folder + "/x/masked-odd.safetensors")
      #expect(odd.tensors["out.weight"]?.float32?.scalars == [0, 10])
      // The copies are those of the run.
      #expect(Folder.exists(folder + "/x/masks.safetensors"))
    }
  }

  @Test func whatHasNoMasksOrNoSuchStageIsRefused() throws {
    try withRun(masks: nil) { folder, export in
      let (code, error) = export(["--masked", "even"])
      #expect(code == .dataMissing && error.contains("has no masks"))
      #expect(!Folder.exists(folder + "/x"))
    }
    try withRun(masks: Self.masks) { folder, export in
      let (code, error) = export(["--masked", "evem"])
      #expect(code == .usage && error.contains("did you mean 'even'?"))
      #expect(!Folder.exists(folder + "/x"))
    }
    let wrong: [String: StoredTensor] = ["even/out.weight": .uint8([1], [1])]
    try withRun(masks: wrong) { _, export in
      let (code, error) = export(["--masked", "even"])
      #expect(code == .corrupt && error.contains("the mask 'out.weight' fits no weights"))
    }
  }
}
