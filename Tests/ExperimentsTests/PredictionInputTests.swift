import ExperimentKit
import Experiments
import Store
import Tensors
import Testing

/// What predictions say about inputs and weights that do not fit, for every kind of network.
@Suite struct PredictionInputTests {

  /// A prepared smoke run and weights of zeros for its network, buffers included.
  private func subject(
    _ experiment: String
  ) throws -> (prepared: any PreparedRun, weights: [String: Tensor<Float>]) {
    let (prepared, zeros) = try TinyRun.prepared(experiment) { Tensor(zeros: Shape($0.shape)) }
    var weights = zeros
    for row in try prepared.describe().rows
    where row.role == "norm-scale" && experiment == "cifar10-resnet" {
      let norm = row.layer.dropLast("weight".count)
      weights[norm + "running_mean"] = Tensor(zeros: Shape(row.shape))
      weights[norm + "running_var"] = Tensor(repeating: 1, shape: Shape(row.shape))
    }
    return (prepared, weights)
  }

  private func failure(_ body: () throws -> some Any) -> Failure? {
    do {
      _ = try body()
      return nil
    } catch {
      return error as? Failure
    }
  }

  @Test(arguments: [
    "addmul-fnn", "addmul-lstm", "double-add-fnn", "double-add-lstm", "cifar10-cnn",
    "cifar10-resnet", "permuted-mnist",
  ])
  func noInputsGiveNoLogits(_ experiment: String) throws {
    let (prepared, weights) = try subject(experiment)
    let shape = Shape([0] + (try prepared.describe().inputShape))
    let logits = try prepared.predict(
      PredictionRequest(
        weights: weights, inputs: ["inputs": .float32(Tensor(zeros: shape))]))
    #expect(logits.shape == Shape([0] + (try prepared.describe().outputShape)))
    for wrong: StoredTensor in [
      .float32(Tensor(scalar: 1)), .float32(Tensor(zeros: [1, 0])),
      .int64(
        [Int64](repeating: 0, count: shape.dropFirst().count),
        Shape([1] + shape.dimensions.dropFirst())),
    ] {
      let found = failure {
        try prepared.predict(PredictionRequest(weights: weights, inputs: ["inputs": wrong]))
      }
      #expect(found?.exitCode == .corrupt)
    }
  }

  @Test(arguments: ["addmul-lstm", "cifar10-resnet", "scan-transformer"])
  func tensorsThatTheNetworkDoesNotHaveAreRefused(_ experiment: String) throws {
    var (prepared, weights) = try subject(experiment)
    weights["extra.weight"] = Tensor(zeros: [1])
    let found = failure {
      try prepared.predict(PredictionRequest(weights: weights, inputs: [:], source: "w"))
    }
    #expect(found?.what == "w has the tensor 'extra.weight', which the network does not have")
  }

  @Test(arguments: ["scan-lstm", "scan-transformer"])
  func sequencesAreChecked(_ experiment: String) throws {
    let (prepared, weights) = try subject(experiment)
    func predict(_ inputs: StoredTensor?, _ outputs: StoredTensor?) -> Failure? {
      failure {
        try prepared.predict(
          PredictionRequest(
            weights: weights,
            inputs: ["inputs": inputs, "outputs": outputs].compactMapValues { $0 }))
      }
    }
    let good = StoredTensor.int64([0, 1, -1], [1, 3])
    #expect(predict(good, good) == nil)
    #expect(predict(.int64([], [0, 0]), .int64([], [0, 0])) == nil)
    #expect(predict(.int64([-1], [1, 1]), .int64([-1], [1, 1])) == nil)
    #expect(predict(good, nil)?.what == "the input file has no tensor 'outputs'")
    #expect(
      predict(good, .int64([0, 0], [2, 1]))?.what.contains("1 inputs for 2 outputs") == true)
    #expect(predict(.int64([0, -1, 1], [1, 3]), good)?.what.contains("token 1 after -1") == true)
    #expect(predict(.int64([0, 99, 1], [1, 3]), good)?.what.contains("row 0") == true)
    #expect(predict(.int64([], [1 << 40, 0]), good)?.exitCode == .corrupt)
    #expect(predict(.int64([0], [1]), good)?.exitCode == .corrupt)
    #expect(predict(.float32(Tensor([0], shape: [1, 1])), good)?.help?.contains(".long()") == true)
  }

  @Test func aTableOfCharactersWithoutColumnsIsRefused() throws {
    var (prepared, weights) = try subject("math-transformer")
    weights["embedding.weight"] = Tensor(zeros: [1 << 40, 0])
    let found = failure {
      try prepared.predict(PredictionRequest(weights: weights, inputs: [:]))
    }
    #expect(found?.exitCode == .corrupt)
  }
}
