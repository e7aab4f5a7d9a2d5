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

  @Test func selectsAStage() throws {
    let file: [String: StoredTensor] = [
      "add/w": .uint8([1, 0, 7], [3]), "add/w.logit": .float32(Tensor([1, 2, 3], shape: [3])),
      "mul/w": .uint8([0, 0, 1], [3]),
    ]
    let masks = try PredictionRequest.masks(ofStage: "add", in: file, file: "m")
    #expect(masks.mapValues(\.scalars) == ["w": [1, 0, 1]])
    #expect { try PredictionRequest.masks(ofStage: "ad", in: file, file: "m") } throws: { error in
      let failure = error as? Failure
      return failure?.help == "did you mean 'add'?" && failure?.why == "it has add, mul"
    }
    #expect(throws: Failure.self) {
      try PredictionRequest.masks(
        ofStage: "add", in: ["add/w": .int64([1], [1])], file: "m")
    }
  }
}
