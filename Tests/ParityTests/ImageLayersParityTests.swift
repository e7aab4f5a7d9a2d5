import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Convolutions against `nn.functional.conv2d` (N4).
enum ConvolutionParity: CaseParityArea {
  static let title = "Convolution"
  static let golden = "convolution"

  static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ number: String, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let graph = Graph<Scalar>()
    let x = try graph.variable(golden.tensor("\(number)/x"))
    let w = try graph.variable(golden.tensor("\(number)/w"))
    let hasBias = golden.names(under: "\(number)").contains("b")
    let b = try hasBias ? graph.variable(golden.tensor("\(number)/b", as: type)) : nil
    let geometry = try golden.integers("\(number)/geometry")
    let y = graph.convolution(x, weight: w, bias: b, stride: geometry[1], padding: geometry[2])
    graph.backward(from: y, seed: try golden.tensor("\(number)/dy"))

    let taps = geometry[0] * geometry[0]
    let rows = y.shape.count / w.shape[0]
    var compared: [(String, Tensor<Scalar>?, Int)] = [
      ("y", y.tensor, taps * w.shape[1]), ("dx", graph.gradient(of: x), taps * w.shape[0]),
      ("dw", graph.gradient(of: w), rows),
    ]
    if let b { compared.append(("db", graph.gradient(of: b), rows)) }
    return try compared.map { key, found, terms in
      ParityMeasurement(
        key, found, try golden.tensor("\(number)/\(key)"), .layer(type, terms: terms))
    }
  }
}

/// Pooling against `max_pool2d`, with ties, and `mean` (N4).
enum PoolingParity: CaseParityArea {
  static let title = "Pooling"
  static let golden = "pooling"

  static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ number: String, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    try ["max", "mean"].flatMap { name in
      let graph = Graph<Scalar>()
      let x = try graph.variable(golden.tensor("\(number)/x"))
      let y = name == "max" ? graph.maxPooling(x) : graph.globalAveragePooling(x)
      graph.backward(from: y, seed: try golden.tensor("\(number)/\(name)/dy"))
      let tolerance =
        name == "max"
        ? ParityTolerance.exact : .layer(type, terms: x.shape[1] * x.shape[2])
      return try [
        ParityMeasurement(
          "\(name): y", y.tensor, try golden.tensor("\(number)/\(name)/y"), tolerance),
        ParityMeasurement(
          "\(name): dx", graph.gradient(of: x), try golden.tensor("\(number)/\(name)/dx"),
          tolerance),
      ]
    }
  }
}

/// Pooling of windows of any size, stride and padding against `max_pool2d`, with ties, and
/// `avg_pool2d` (N4).
enum WindowPoolingParity: CaseParityArea {
  static let title = "Pooling of windows"
  static let golden = "window_pooling"

  static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ number: String, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let sizes = try golden.integers("\(number)/window")
    let window = PoolingWindow(sizes[0], stride: sizes[1], padding: sizes[2])
    return try ["max", "mean", "mean_within"].flatMap { name in
      let graph = Graph<Scalar>()
      let x = try graph.variable(golden.tensor("\(number)/x"))
      let y =
        name == "max"
        ? graph.maxPooling(x, window)
        : graph.averagePooling(x, window, countsPadding: name == "mean")
      graph.backward(from: y, seed: try golden.tensor("\(number)/\(name)/dy"))
      let terms = window.size * window.size
      return try [
        ParityMeasurement(
          "\(name): y", y.tensor, try golden.tensor("\(number)/\(name)/y"),
          name == "max" ? .exact : .layer(type, terms: terms)),
        // A pixel of several windows is given the sum of their gradients.
        ParityMeasurement(
          "\(name): dx", graph.gradient(of: x), try golden.tensor("\(number)/\(name)/dx"),
          .layer(type, terms: terms)),
      ]
    }
  }
}

/// Batch normalisation against `nn.BatchNorm2d`: two steps of training and one of evaluation (N4).
enum BatchNormParity: CaseParityArea {
  static let title = "Batch normalisation"
  static let golden = "batch_norm"

  static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ number: String, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let start = try ["weight", "bias"].map {
      try golden.tensor("\(number)/start/\($0)", as: type)
    }
    let layer = BatchNorm<Scalar>(name: "", channels: start[0].count)
    (layer.scale.value, layer.shift.value) = (start[0], start[1])
    let source = TrainableParameters(layer.parameters)
    return try (0..<3).flatMap { step in
      let prefix = "\(number)/\(step)"
      let phase: Phase = step < 2 ? .training : .evaluation
      let graph = Graph<Scalar>()
      source.clearGradients()
      let x = try graph.variable(golden.tensor("\(prefix)/x"))
      let y = layer.forward(x, in: ForwardPass(graph: graph, phase: phase, source: source))
      graph.backward(from: y, seed: try golden.tensor("\(prefix)/dy"))
      let compared: [(String, Tensor<Scalar>?)] = [
        ("y", y.tensor), ("dx", graph.gradient(of: x)),
        ("dweight", source.gradients[0].tensor), ("dbias", source.gradients[1].tensor),
        ("running_mean", layer.mean.value), ("running_var", layer.variance.value),
      ]
      return try compared.map { key, found in
        ParityMeasurement(
          "\(phase.rawValue): \(key)", found, try golden.tensor("\(prefix)/\(key)"),
          .layer(type, terms: x.shape.count / start[0].count))
      }
    }
  }
}

/// Residual blocks, with and without projection, in both phases (N4).
enum ResidualBlockParity: CaseParityArea {
  static let title = "Residual block"
  static let golden = "residual_block"

  static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ number: String, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let sizes = try golden.integers("\(number)/sizes")
    let images = try golden.tensor("\(number)/training/x", as: type).shape
    let block = SequentialNetwork<Scalar>(
      try NetworkDescription(
        input: images.dropFirst(),
        layers: LayerDescription.residualBlock(
          "", inputs: sizes[0], outputs: sizes[1], stride: sizes[2])),
      random: RandomSource(seed: 0))
    try #require(
      Set(block.parameters.map(\.name)) == Set(golden.names(under: "\(number)/start")))
    for parameter in block.parameters {
      parameter.value = try golden.tensor("\(number)/start/\(parameter.name)")
    }
    let source = TrainableParameters(block.parameters)
    var result: [ParityMeasurement] = []
    for phase in [Phase.training, .evaluation] {
      let prefix = "\(number)/\(phase.rawValue)"
      let graph = Graph<Scalar>()
      source.clearGradients()
      let x = try graph.variable(golden.tensor("\(prefix)/x"))
      let y = block.forward(x, in: ForwardPass(graph: graph, phase: phase, source: source))
      graph.backward(from: y, seed: try golden.tensor("\(prefix)/dy"))
      var compared: [(String, Tensor<Scalar>?, String)] = [
        ("y", y.tensor, "y"), ("dx", graph.gradient(of: x), "dx"),
      ]
      for (parameter, gradient) in zip(block.parameters, source.gradients) {
        compared.append(
          ("gradients of parameters", gradient.tensor, "gradient/\(parameter.name)"))
      }
      for (quantity, found, key) in compared {
        // A sum over patches of sums over patches, and over the pixels of the batch.
        result.append(
          ParityMeasurement(
            "\(phase.rawValue): \(quantity)", found, try golden.tensor("\(prefix)/\(key)"),
            .layer(type, terms: 81 * sizes[1] * sizes[1])))
      }
    }
    for buffer in block.buffers {
      result.append(
        ParityMeasurement(
          "running statistics", buffer.value,
          try golden.tensor("\(number)/buffer/\(buffer.name)"), .layer(type, terms: 90)))
    }
    return result
  }
}

@Suite struct ImageLayersParityTests {
  @Test func convolutionAgreesWithPyTorch() throws {
    let measurements = try ConvolutionParity.measurements()
    #expect(measurements.count == 2 * (5 * 4 + 2 * 3))
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  @Test func poolingAgreesWithPyTorch() throws {
    let measurements = try PoolingParity.measurements()
    #expect(measurements.count == 2 * 3 * 4)
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  @Test func poolingOfWindowsAgreesWithPyTorch() throws {
    let measurements = try WindowPoolingParity.measurements()
    #expect(measurements.count == 2 * 6 * 6)
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  @Test func batchNormAgreesWithPyTorch() throws {
    let measurements = try BatchNormParity.measurements()
    #expect(measurements.count == 2 * 3 * 3 * 6)
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  @Test func residualBlocksAgreeWithPyTorch() throws {
    let measurements = try ResidualBlockParity.measurements()
    // Six parameters and four buffers; with projection nine and six.
    #expect(measurements.count == 2 * ((2 * 8 + 4) + 2 * (2 * 11 + 6)))
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }
}
