import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Twenty consecutive losses of sequence networks against PyTorch (N6), and the weights at the end.
enum SequenceTrainingParity: ParityArea {
  static let title = "Training of sequence networks"

  static func measurements() throws -> [ParityMeasurement] {
    try measurements(Float.self) + measurements(Double.self)
  }

  private static func measurements<Scalar: TensorScalar>(
    _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let recurrent = try SequenceTraining<Scalar>("LSTM", Golden("training_lstm", in: .module))
    let sizes = try recurrent.sizes()
    let network = EncoderDecoderLSTM<Scalar>(
      .init(
        inputTokens: sizes[0], outputTokens: sizes[1], embedding: sizes[2], units: sizes[3],
        layers: sizes[4], dropout: 0),
      random: RandomSource(seed: 0))
    let measurements = try recurrent.run(network) { pairs, step, pass in
      network.loss(of: pairs, feeding: step % 2 == 1 ? .own : .reference, in: pass)
    }
    let golden = try Golden("training_transformer", in: .module)
    return try (0..<golden.caseCount).reduce(measurements) { measurements, number in
      let name = number == 0 ? "Transformer" : "tied Transformer"
      let training = SequenceTraining<Scalar>(name, golden, prefix: "\(number)/")
      let sizes = try training.sizes()
      let network = EncoderDecoderTransformer<Scalar>(
        .init(
          inputTokens: sizes[0], outputTokens: sizes[1], width: sizes[2], heads: sizes[3],
          hidden: sizes[4], encoderLayers: sizes[5], decoderLayers: sizes[5], dropout: 0,
          isTied: sizes[6] == 1),
        random: RandomSource(seed: 0))
      return try measurements
        + training.run(network) { pairs, _, pass in network.loss(of: pairs, in: pass) }
    }
  }
}

/// One network's training as a golden file describes it.
private struct SequenceTraining<Scalar: TensorScalar> {
  private let name: String
  private let golden: Golden
  private let prefix: String

  init(_ name: String, _ golden: Golden, prefix: String = "") {
    self.name = name
    self.golden = golden
    self.prefix = prefix
  }

  func sizes() throws -> [Int] { try golden.integers("\(prefix)sizes") }

  private func sequences(_ side: String) throws -> [[Int]] {
    let tokens = try golden.integers("\(prefix)\(side)/tokens")
    var start = 0
    return try golden.integers("\(prefix)\(side)/lengths").map { length in
      defer { start += length }
      return Array(tokens[start..<start + length])
    }
  }

  func run(
    _ network: any ParameterContainer<Scalar>,
    _ loss: (SequencePairs, _ step: Int, ForwardPass<Scalar>) -> Value<Scalar>
  ) throws -> [ParityMeasurement] {
    try #require(
      Set(network.parameters.map(\.name)) == Set(golden.names(under: "\(prefix)start")))
    for parameter in network.parameters {
      parameter.value = try golden.tensor("\(prefix)start/\(parameter.name)")
    }
    let (inputs, outputs) = (try sequences("inputs"), try sequences("outputs"))
    let expected = try golden.tensor(
      "\(prefix)\(Scalar.self == Float.self ? "loss_single" : "loss")", as: Double.self)
    let batch = inputs.count / expected.count
    let clipping = try GlobalNormClipping(
      maximumNorm: golden.number("\(prefix)maximum_norm"))
    let trained = TrainableParameters(network.parameters)
    let optimizer = Adam(network.parameters, learningRate: 3e-3)
    let graph = Graph<Scalar>()
    var losses: [Scalar] = []
    var norms: [Scalar] = []
    for step in 0..<expected.count {
      graph.reset()
      trained.clearGradients()
      let part = step * batch..<(step + 1) * batch
      let pairs = SequencePairs(inputs: Array(inputs[part]), outputs: Array(outputs[part]))
      let pass = ForwardPass(graph: graph, phase: .training, source: trained, step: step)
      let value = loss(pairs, step, pass)
      graph.backward(from: value)
      losses.append(value.tensor.item)
      norms.append(Scalar(clipping.apply(to: trained.gradients).norm))
      optimizer.step(trained)
    }
    return try [
      ParityMeasurement(
        "\(name): losses", Tensor(losses, shape: expected.shape), expected,
        .training(Scalar.self)),
      ParityMeasurement(
        "\(name): gradient norms", Tensor(norms, shape: expected.shape),
        try golden.tensor("\(prefix)norm"), .training(Scalar.self)),
    ]
      + network.parameters.map { parameter in
        ParityMeasurement(
          "\(name): weights after 20 steps", parameter.value,
          try golden.tensor("\(prefix)final/\(parameter.name)"), .absolute(2e-6))
      }
  }
}

@Suite struct SequenceTrainingParityTests {
  @Test func agreesWithPyTorch() throws {
    let measurements = try SequenceTrainingParity.measurements()
    // Two tables, 2 · 2 layers of three parameters and the output; 2 layers of 11 and 2 of 16
    // parameters with 4 or 1 around them.
    #expect(measurements.count == 2 * ((2 + 2 + 12 + 2) + (2 + 58) + (2 + 55)))
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  @Test func comparesTwentyLosses() throws {
    let golden = try Golden("training_transformer", in: .module)
    #expect(golden.caseCount == 2)
    #expect(try golden.tensor("1/loss", as: Double.self).shape == [20])
    #expect(try Golden("training_lstm", in: .module).tensor("loss", as: Double.self).shape == [20])
  }
}
