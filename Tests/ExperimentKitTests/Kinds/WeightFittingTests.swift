import ExperimentKit
import Store
import Tensors
import Testing

@Suite struct WeightFittingTests {
  private static let layers: [(name: String, shape: Shape)] = [
    ("layers.0.weight", [2, 3]), ("layers.0.bias", [2]),
  ]
  private static let lstm: [(name: String, shape: Shape)] = [("lstm.bias_ih_l0", [4])]

  private func tensors(_ shapes: [String: Shape]) -> [String: Tensor<Float>] {
    shapes.mapValues { Tensor(zeros: $0) }
  }

  private func failure(
    _ shapes: [String: Shape], network: [(name: String, shape: Shape)] = layers
  ) -> Failure? {
    do {
      _ = try WeightFitting(network, source: "w").fit(tensors(shapes)) { _ in }
      return nil
    } catch {
      return error as? Failure
    }
  }

  private let good: [String: Shape] = ["layers.0.weight": [2, 3], "layers.0.bias": [2]]

  @Test func whatFitsIsTaken() throws {
    let weights = tensors(good)
    #expect(try WeightFitting(Self.layers, source: "w").fit(weights) { _ in } == weights)
  }

  @Test func tensorsThatTheNetworkDoesNotHaveAreNamed() {
    let more = good.merging(["layers.10.bias": [2], "layers.2.bias": [2]]) { $1 }
    let found = failure(more)
    #expect(found?.exitCode == .corrupt)
    #expect(found?.what == "w has the tensor 'layers.2.bias', which the network does not have")
    #expect(found?.why == "the network has layers.0.weight, layers.0.bias")
    // No counter, no scalar and no empty tensor slips through.
    for (name, shape): (String, Shape) in [("scalar", []), ("empty", [0])] {
      #expect(failure(good.merging([name: shape]) { $1 })?.what.contains("'\(name)'") == true)
    }
  }

  @Test func missingTensorsAreNamed() {
    let found = failure(["layers.0.weight": [2, 3]])
    #expect(found?.exitCode == .corrupt)
    #expect(found?.what == "w has no tensor 'layers.0.bias', which the network needs")
    #expect(found?.why == "it has layers.0.weight")
    #expect(failure([:])?.what == "w holds no tensors")
  }

  @Test(arguments: ["module.", "_orig_mod.", "model.", "module._orig_mod."])
  func aBeginningOfAllNamesIsNamed(_ prefix: String) {
    let shapes = Dictionary(uniqueKeysWithValues: good.map { (prefix + $0.key, $0.value) })
    let found = failure(shapes)
    #expect(found?.exitCode == .corrupt)
    #expect(found?.what == "the names of all tensors of w begin with '\(prefix)'")
    #expect(found?.help?.contains("removeprefix('\(prefix)')") == true)
  }

  @Test func shapesAreComparedAndTransposesNamed() {
    func shape(_ shape: Shape) -> Failure? {
      failure(good.merging(["layers.0.weight": shape]) { $1 })
    }
    for wrong: Shape in [[2, 4], [], [0, 3], [6], [2, 3, 1]] {
      let found = shape(wrong)
      #expect(found?.why == "the network of the manifest needs 2×3")
      #expect(found?.what == "w: the tensor 'layers.0.weight' has shape \(wrong)")
    }
    #expect(shape([3, 2])?.why?.contains("transpose") == true)
    #expect(shape([3, 2])?.help?.contains(".t()") == true)
    let kernel = failure(
      ["k": [3, 3, 2, 4]], network: [("k", [4, 2, 3, 3])])
    #expect(kernel?.help?.contains("outputs × inputs × height × width") == true)
  }

  @Test func aSecondBiasOfAnLSTMIsAdded() throws {
    var notes: [String] = []
    func fit(_ weights: [String: Tensor<Float>]) throws -> [String: Tensor<Float>] {
      notes = []
      return try WeightFitting(Self.lstm, source: "w").fit(weights) { notes.append($0) }
    }
    let first = Tensor<Float>([1, 2, 3, 4], shape: [4])
    let zero = try fit(["lstm.bias_ih_l0": first, "lstm.bias_hh_l0": Tensor(zeros: [4])])
    #expect(zero == ["lstm.bias_ih_l0": first])
    #expect(notes.isEmpty)
    let sum = try fit(["lstm.bias_ih_l0": first, "lstm.bias_hh_l0": first])
    #expect(sum["lstm.bias_ih_l0"]?.scalars == [2, 4, 6, 8])
    #expect(notes.count == 1)
    let other = failure(["lstm.bias_ih_l0": [4], "lstm.bias_hh_l0": [1]], network: Self.lstm)
    #expect(other?.what == "w has biases of different shapes")
    let further = failure(["lstm.bias_ih_l0": [4], "lstm.bias_hh_l1": [4]], network: Self.lstm)
    #expect(further?.what.contains("'lstm.bias_hh_l1'") == true)
  }

  @Test func theBiasesOfALayerKnowEachOther() {
    #expect(WeightFitting.secondBias(ofFirst: "lstm.bias_ih_l12") == "lstm.bias_hh_l12")
    #expect(WeightFitting.firstBias(ofSecond: "bias_hh_l0") == "bias_ih_l0")
    for name in ["lstm.bias_ih_l", "lstm.bias_ih_l0_reverse", "bias_ih_l0.logit", "", "weight"] {
      #expect(WeightFitting.secondBias(ofFirst: name) == nil)
    }
  }
}
