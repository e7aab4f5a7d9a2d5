import ExperimentKit
import Store
import Tensors

/// A linear map: the smallest experiment with weights, masks and predictions.
struct LineExperiment: Kind {
  typealias Configuration = LineSettings

  let name = "line"
  let section = "0"
  let summary = "is a line straight?"
  let version = 1

  let tables: [Table] = []

  func prepare(_ c: LineSettings) throws -> any PreparedRun {
    if c.line.outputs == 13 {
      throw Failure(.manifestInvalid, "13 outputs bring bad luck", help: "take 12")
    }
    return PreparedLine(c: c)
  }
}

struct PreparedLine: PreparedRun {
  let c: LineSettings
  let steps = [RunStep("all", .training, count: 10, operations: 2.5e9)]

  func describe() throws -> Architecture {
    Architecture(
      rows: [
        .init(
          layer: "layer.weight", kind: "linear", shape: [c.line.outputs, 3],
          parameters: c.line.outputs * 3, isMasked: true, role: "weight"),
        .init(
          layer: "layer.bias", kind: "linear", shape: [c.line.outputs],
          parameters: c.line.outputs, isMasked: false, role: "bias"),
        .init(
          layer: "relu", kind: "relu", shape: [c.line.outputs], parameters: 0, isMasked: false,
          role: ""),
      ],
      pretrainingOperationsPerStep: 1500, maskOperationsPerStep: 2.5e9, inputShape: [3],
      outputShape: [c.line.outputs])
  }

  func run(_ context: RunContext) throws {}

  func predict(_ request: PredictionRequest) throws -> Tensor<Float> {
    guard let weight = try request.effectiveWeights()["layer.weight"],
      case .float32(let inputs)? = request.inputs["inputs"]
    else { throw Failure(.corrupt, "weights or inputs are missing") }
    return inputs.matrixProduct(weight.transposed())
  }
}

struct LineSettings: Settings {
  struct Section: Settings {
    var outputs = 2
    var slope = 1.0

    static let schema = Schema<Section>([
      .integer("outputs", \.outputs, in: 1...100, "number of outputs"),
      .number("slope", \.slope, "slope"),
    ])
  }

  var line = Section()

  static let schema = Schema<LineSettings>([.section("line", \.line, "the line")])
}
