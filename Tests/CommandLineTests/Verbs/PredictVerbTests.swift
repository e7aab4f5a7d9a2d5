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

  @Test func aProfileThatSkipsTheVariantIsPassedOver() throws {
    try withFiles { path, run in
      try AtomicFile.write(
        Self.manifest + """

          profiles:
            smoke: {skip-variants: [steep]}
            quick: {}
            paper: {skip-variants: [plain]}
          """, to: path + "/m.yaml")
      #expect(run(["--only", "steep"]).code == .success)
      #expect(run(["--only", "plain"]).code == .success)
      let none = run(["--only", "stepe"])
      #expect(none.code == .usage)
      #expect(none.error.contains("no variant of \(path)/m.yaml matches 'stepe'"))
      #expect(none.error.contains("did you mean 'steep'?"))
      // What a profile lacks that was asked for by name is said.
      let named = run(["--profile", "paper", "--only", "plain"])
      #expect(named.code == .usage && named.error.contains("the profile 'paper' has steep"))
    }
  }

  @Test func weightsOfOtherPrecisionsAreTaken() throws {
    try withFiles { path, run in
      let numbers: [Double] = [1, 2, 3, 4, 5, 6]
      let kinds: [StoredTensor] = [
        .float64(Tensor(numbers, shape: [2, 3])),
        .float16([0x3C00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600], [2, 3]),
        .bfloat16([0x3F80, 0x4000, 0x4040, 0x4080, 0x40A0, 0x40C0], [2, 3]),
      ]
      for tensor in kinds {
        try Safetensors.write(["layer.weight": tensor], to: path + "/w")
        let (code, error) = run(["--only", "plain"])
        #expect(code == .success && error.isEmpty, "\(error)")
        #expect(try logits(path) == [321, 654])
      }
      try Safetensors.write(
        ["layer.weight": .float64(Tensor(numbers.map { $0 / 10 }, shape: [2, 3]))], to: path + "/w")
      let rounded = run(["--only", "plain"])
      #expect(rounded.code == .success && rounded.error.contains("rounded to F32 in layer.weight"))
      try Safetensors.write(["layer.weight": .int64([1], [1])], to: path + "/w")
      let whole = run(["--only", "plain"])
      #expect(whole.code == .corrupt && whole.error.contains(".float()"))
    }
  }

  @Test func numbersThatAreNoneAreNamed() throws {
    try withFiles { path, run in
      try Safetensors.write(
        ["layer.weight": .float32(Tensor([1, 2, .nan, 4, 5, -.infinity], shape: [2, 3]))],
        to: path + "/w")
      let weights = run(["--only", "plain"])
      #expect(weights.code == .success)
      #expect(
        weights.error.contains(
          "warning: \(path)/w: the tensor 'layer.weight' has 2 of 6 values that are not finite"))
      #expect(weights.error.contains("\(path)/y: the tensor 'logits' has 2 of 2 values"))
    }
    try withFiles { path, run in
      try Safetensors.write(
        ["x": .float32(Tensor([1, .infinity, 2], shape: [1, 3]))], to: path + "/x")
      let inputs = run(["--only", "plain"])
      #expect(inputs.error.contains("\(path)/x: the tensor 'inputs' has 1 of 3 values"))
    }
  }

  @Test func masksWithoutAStageAreTheFilesFault() throws {
    try withFiles { path, run in
      try Safetensors.write(["layer.weight": .uint8([1, 0, 1, 0, 1, 0], [2, 3])], to: path + "/k")
      let (code, error) = run(["--only", "plain", "--masks", path + "/k", "--stage", "add"])
      #expect(code == .corrupt)
      #expect(error.contains("masks are called <stage>/<parameter>"))
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

  @Test(arguments: ["layers.1", "layers.1:", ":3", "layers.1:3,", "layers.1:x", "a:1:2", "a:-1"])
  func unitsOfLesionsAreNumbers(_ text: String) throws {
    try withFiles { _, run in
      let (code, error) = run(["--only", "plain", "--lesion", text])
      #expect(code == .usage)
      #expect(error.contains("--lesion '\(text)' names no units"))
    }
  }
}
