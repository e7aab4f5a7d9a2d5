import ExperimentKit
import Store
import Tensors
import Testing

@Suite struct PredictionRequestTests {
  private let weights: [String: Tensor<Float>] = [
    "w": Tensor([1, 2, 3], shape: [3]), "b": Tensor([5], shape: [1]),
  ]
  private let masks: [String: Tensor<Float>] = ["w": Tensor([1, 0, 1], shape: [3])]

  private func effective(_ masks: [String: Tensor<Float>]?, isInverted: Bool = false) throws
    -> [String: [Float]]
  {
    try PredictionRequest(weights: weights, masks: masks, isInverted: isInverted, inputs: [:])
      .effectiveWeights().mapValues(\.scalars)
  }

  @Test func appliesMasks() throws {
    #expect(try effective(nil) == ["w": [1, 2, 3], "b": [5]])
    #expect(try effective(masks) == ["w": [1, 0, 3], "b": [5]])
    #expect(try effective(masks, isInverted: true) == ["w": [0, 2, 0], "b": [5]])
    #expect(try effective(nil, isInverted: true) == ["w": [1, 2, 3], "b": [5]])
  }

  @Test func refusesMasksThatDoNotFit() {
    #expect(throws: Failure.self) { try effective(["x": Tensor([1], shape: [1])]) }
    #expect(throws: Failure.self) { try effective(["w": Tensor([1], shape: [1])]) }
  }

  @Test func batchCountersAreLeftOutAndOtherPrecisionsConverted() throws {
    var notes: [String] = []
    let weights = try PredictionRequest.weights(
      of: [
        "norm.num_batches_tracked": .int64([7], []), "num_batches_tracked": .int64([7], []),
        "half": .float16([0x3C00, 0xC100], [2]), "brain": .bfloat16([0x3F80], [1]),
        "double": .float64(Tensor([0.1], shape: [1])), "exact": .float64(Tensor([0.5], shape: [1])),
      ], path: "w", note: { notes.append($0) })
    #expect(
      weights.mapValues(\.scalars) == [
        "half": [1, -2.5], "brain": [1], "double": [0.1], "exact": [0.5],
      ])
    #expect(notes.count == 1)
    #expect(notes.first?.hasSuffix("rounded to F32 in double") == true)
  }

  @Test(arguments: [
    ("counter", StoredTensor.int64([7], [])), ("x.num_batches_tracked", .uint8([7], [])),
    ("flags", .bool([1], [1])),
  ])
  func otherTypesAreNoParameters(_ name: String, _ tensor: StoredTensor) {
    #expect {
      try PredictionRequest.weights(of: [name: tensor], path: "w", note: { _ in })
    } throws: { error in
      let failure = error as? Failure
      return failure?.exitCode == .corrupt && failure?.help?.contains(".float()") == true
    }
  }

  @Test func inputsAreConvertedOrRefusedWithAHint() throws {
    func rows(_ tensor: StoredTensor, _ shape: Shape) throws -> Tensor<Float> {
      try PredictionRequest(weights: [:], inputs: ["inputs": tensor]).rows("inputs", of: shape)
    }
    #expect(try rows(.float64(Tensor([1, 2], shape: [1, 2])), [2]).scalars == [1, 2])
    #expect(try rows(.float16([0x3C00], [1, 1]), [1]).scalars == [1])
    #expect(try rows(.float32(Tensor([], shape: [0, 2])), [2]).shape == [0, 2])
    func help(_ tensor: StoredTensor, _ shape: Shape) -> String? {
      do {
        _ = try rows(tensor, shape)
        return nil
      } catch {
        return (error as? Failure)?.help
      }
    }
    #expect(help(.int64([1, 0], [1, 2]), [2])?.contains(".float()") == true)
    #expect(help(.float32(Tensor(scalar: 1)), [2])?.contains("docs/inputs.md") == true)
    #expect(help(.float32(Tensor([], shape: [2, 0])), [2])?.contains("docs/inputs.md") == true)
    let channelsFirst = StoredTensor.float32(Tensor(zeros: [1, 3, 32, 32]))
    #expect(help(channelsFirst, [32, 32, 3])?.contains(".permute(0, 2, 3, 1)") == true)
  }
}
