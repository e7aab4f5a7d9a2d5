import ExperimentKit
import Experiments
import Store
import Tensors
import TestSupport
import Testing

/// A number that is not finite is noticed at the step at which it appears, and its tensor is named.
@Suite struct DivergenceTests {
  private static let pretrainingSteps = 12

  private func configuration() throws -> JSONValue {
    let manifest = try Manifest(
      text: """
        schema: 1
        experiment: addmul-fnn
        section: "3.1"
        title: test
        task: {digits: 1, train-size: 100, valid-size: 20}
        model: {hidden: [16, 16]}
        pretrain: {steps: \(Self.pretrainingSteps), batch: 32}
        mask: {steps: 10, clip-scope: reference}
        """, path: "test.yaml", registry: AllKinds.registry)
    return try #require(try manifest.resolve(profile: "paper").first).configuration
  }

  /// The phase that is under way after some steps.
  private func phase(after steps: Int) -> String {
    steps > Self.pretrainingSteps ? "masks-full" : "pretrained"
  }

  /// Stops a run after some steps, puts a value into a tensor of its checkpoint, and goes on.
  private func poison(_ tensor: String, with value: Float, after steps: Int) throws -> Diverged? {
    let experiment = try AllKinds.registry.find("addmul-fnn")
    let configuration = try configuration()
    return try withTemporaryFolder { folder in
      var asked = 0
      let first = try RunContext(
        seed: 1, folder: folder,
        shouldStop: {
          asked += 1
          return asked > steps
        })
      #expect(throws: Cancelled.self) {
        try experiment.prepare(json: configuration).run(first)
      }
      let path = "\(folder)/checkpoint.safetensors"
      var checkpoint = try Checkpoint.read(path)
      let phase = phase(after: steps)
      let name = "state/\(phase)/\(tensor)"
      guard case .float32(var values)? = checkpoint.tensors[name] else {
        Issue.record("no '\(tensor)' in \(checkpoint.tensors.keys.sorted())")
        return nil
      }
      values[flat: values.count / 2] = value
      checkpoint.tensors[name] = .float32(values)
      try Checkpoint.write(
        checkpoint.tensors, metadata: checkpoint.metadata, to: path, keepPrevious: false)
      let second = try RunContext(seed: 1, folder: folder)
      do {
        try experiment.prepare(json: configuration).run(second)
      } catch let diverged as Diverged {
        return diverged
      }
      return nil
    }
  }

  @Test(
    arguments: ["layers.0.weight", "layers.1.weight", "layers.2.weight", "layers.2.bias"],
    [Float.nan, .infinity, -.infinity])
  func aSpoiltWeightIsNamedAtItsStep(tensor: String, value: Float) throws {
    let diverged = try #require(try poison(tensor, with: value, after: 5))
    #expect(diverged.phase == "pretrained")
    #expect(diverged.step == 5)
    #expect(diverged.tensor == tensor)
  }

  @Test(arguments: ["layers.0.weight", "layers.1.bias", "layers.2.weight"])
  func aSpoiltMomentIsNamedByTheWeightItSpoilsAStepLater(parameter: String) throws {
    let diverged = try #require(
      try poison("optimizer.adam.m.\(parameter)", with: .nan, after: 7))
    #expect(diverged.phase == "pretrained")
    #expect(diverged.step == 8)
    #expect(diverged.tensor == parameter)
  }

  @Test(arguments: ["layers.0.weight", "layers.1.weight", "layers.2.weight"])
  func aSpoiltLogitIsNamedAtItsStep(parameter: String) throws {
    let name = "mask.logits.\(parameter)"
    let diverged = try #require(
      try poison(name, with: .nan, after: Self.pretrainingSteps + 4))
    #expect(diverged.phase == "masks-full")
    #expect(diverged.step == 4)
    #expect(diverged.tensor == name)
  }

  @Test func anInfiniteLogitIsNoticedAtTheNextCheckpoint() throws {
    // It keeps its weight for certain and has no gradient: the loss does not notice.
    let name = "mask.logits.layers.1.weight"
    let diverged = try #require(
      try poison(name, with: .infinity, after: Self.pretrainingSteps + 4))
    #expect(diverged.phase == "masks-full")
    #expect(diverged.tensor == name)
  }
}
