import ExperimentKit
import Store
import Tensors
import TestSupport
import Testing

@testable import CommandLine

@Suite struct PredictVerbTests {
  private static let manifest = """
    schema: 1
    experiment: line
    line: {outputs: 2}
    variants:
      plain: {}
      steep: {line: {slope: 3.0}}
    """

  /// Files of a 2×3 network and of one input, and a function that runs `predict`.
  private func withFiles(
    metadata: [String: String] = [:],
    _ body: (_ path: String, _ run: ([String]) -> (code: ExitCode, error: String)) throws -> Void
  ) throws {
    try withTemporaryFolder { path in
      try AtomicFile.write(Self.manifest, to: path + "/m.yaml")
      try Safetensors.write(
        ["layer.weight": .float32(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))],
        metadata: metadata, to: path + "/w")
      try Safetensors.write(
        ["add/layer.weight": .uint8([1, 0, 1, 0, 1, 0], [2, 3])], metadata: [:], to: path + "/k")
      try Safetensors.write(
        ["x": .float32(Tensor([1, 10, 100], shape: [1, 3]))], metadata: [:], to: path + "/x")
      try body(path) { words in
        let terminal = Terminal()
        let code = terminal.run(
          [
            "predict", "--manifest", path + "/m.yaml", "--weights", path + "/w", "--inputs",
            path + "/x", "--output", path + "/y",
          ] + words)
        return (code, terminal.error)
      }
    }
  }

  private func logits(_ path: String) throws -> [Float] {
    guard case .float32(let logits)? = try Safetensors.read(path + "/y").tensors["logits"] else {
      return []
    }
    return logits.scalars
  }

  @Test func logitsFollowFromWeightsMasksAndInputs() throws {
    try withFiles { path, run in
      #expect(run(["--only", "plain"]).code == .success)
      let plain = try logits(path)
      #expect(plain == [321, 654])
      let masks = ["--only", "plain", "--masks", path + "/k", "--stage", "add"]
      #expect(run(masks).code == .success)
      let masked = try logits(path)
      #expect(masked == [301, 50])
      #expect(run(masks + ["--invert"]).code == .success)
      let inverted = try logits(path)
      #expect(inverted == [20, 604])
    }
  }

  @Test func theHashOfTheWeightsChoosesTheConfiguration() throws {
    let hash = ConfigurationHash.of(
      kind: "line", version: LineExperiment().version,
      configuration: ["line": ["outputs": 2, "slope": 3.0]])
    try withFiles(metadata: ["hash": hash, "experiment": "line"]) { path, run in
      #expect(run([]).code == .success)
      let found = try Safetensors.read(path + "/y").metadata["hash"]
      #expect(found == hash)
    }
    try withFiles(metadata: ["hash": "ffffffffff", "experiment": "line"]) { _, run in
      let (code, error) = run([])
      #expect(code == .corrupt)
      #expect(error.contains("belongs to no configuration"))
    }
  }

  @Test func mistakesAreExplained() throws {
    try withFiles { path, run in
      let several = run([])
      #expect(several.code == .usage && several.error.contains("choose one with --only"))
      #expect(run(["--masks", path + "/k"]).error.contains("--masks needs --stage"))
      #expect(run(["--invert"]).error.contains("--invert needs --masks"))
      #expect(run(["--stage", "add"]).error.contains("--stage needs --masks"))
      let stage = run(["--only", "plain", "--masks", path + "/k", "--stage", "ad"])
      #expect(stage.error.contains("did you mean 'add'?"))
      try Safetensors.write(
        ["a": .uint8([1], [1]), "b": .uint8([1], [1])], metadata: [:], to: path + "/x")
      let inputs = run(["--only", "plain"])
      #expect(inputs.code == .corrupt && inputs.error.contains("no tensor 'inputs'"))
    }
  }
}
