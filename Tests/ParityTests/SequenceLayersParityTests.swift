import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Embedding tables against `nn.functional.embedding` (N4).
enum EmbeddingParity: CaseParityArea {
  static let title = "Embedding"
  static let golden = "embedding"

  static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ number: String, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let table: Tensor<Scalar> = try golden.tensor("\(number)/table")
    let layer = Embedding<Scalar>(
      name: "", tokens: table.shape[0], width: table.shape[1], random: RandomSource(seed: 0))
    layer.weight.value = table
    let source = TrainableParameters(layer.parameters)
    let graph = Graph<Scalar>()
    let tokens = try golden.integers("\(number)/tokens")
    let y = layer.forward(
      tokens, groups: RowGroups(rows: tokens.count, equalGroups: 1),
      in: ForwardPass(graph: graph, source: source))
    graph.backward(from: y, seed: try golden.tensor("\(number)/dy"))
    return try [
      ParityMeasurement("y", y.tensor, try golden.tensor("\(number)/y"), .exact),
      ParityMeasurement(
        "gradient of the table", source.gradients[0].tensor,
        try golden.tensor("\(number)/dtable"), .layer(type, terms: tokens.count)),
    ]
  }
}

/// Layer normalisation with the unbiased deviation against explicit PyTorch code (N4).
enum LayerNormParity: CaseParityArea {
  static let title = "Layer normalisation"
  static let golden = "layer_norm"

  static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ number: String, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let graph = Graph<Scalar>()
    let x = try graph.variable(golden.tensor("\(number)/x"))
    let scale = try graph.variable(golden.tensor("\(number)/scale"))
    let shift = try graph.variable(golden.tensor("\(number)/shift"))
    let y = graph.layerNorm(x, scale: scale, shift: shift)
    graph.backward(from: y, seed: try golden.tensor("\(number)/dy"))
    let compared = [
      ("y", y.tensor), ("dx", graph.gradient(of: x)), ("dscale", graph.gradient(of: scale)),
      ("dshift", graph.gradient(of: shift)),
    ]
    return try compared.map { name, found in
      ParityMeasurement(
        name, found, try golden.tensor("\(number)/\(name)"), .layer(type, terms: x.shape.count))
    }
  }
}

/// Multi-head attention without padding against `nn.MultiheadAttention` with padding and masks (N4).
enum AttentionParity: CaseParityArea {
  static let title = "Multi-head attention"
  static let golden = "attention"

  static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ number: String, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let graph = Graph<Scalar>()
    let x = try graph.variable(golden.tensor("\(number)/x"))
    let layer = try MultiHeadAttention<Scalar>(
      name: "", width: x.shape[1], heads: golden.integers("\(number)/heads")[0], dropout: 0,
      random: RandomSource(seed: 0))
    let weights = ["query", "key_value", "merge"]
    for (parameter, name) in zip(layer.parameters, weights) {
      parameter.value = try golden.tensor("\(number)/parameter/\(name)")
    }
    let source = TrainableParameters(layer.parameters)
    let layout = try SequenceLayout(
      lengths: golden.integers("\(number)/lengths"), packing: .byElement)
    let others = try golden.integers("\(number)/memory_lengths")
    let memory = others.isEmpty ? x : try graph.variable(golden.tensor("\(number)/memory"))
    let y = try layer.forward(
      x, layout: layout, memory: memory,
      memoryLayout: others.isEmpty ? layout : SequenceLayout(lengths: others, packing: .byElement),
      isCausal: golden.integers("\(number)/causal")[0] == 1,
      in: ForwardPass(graph: graph, source: source))
    graph.backward(from: y, seed: try golden.tensor("\(number)/dy"))

    var gradients = ["x": graph.gradient(of: x)]
    if !others.isEmpty { gradients["memory"] = graph.gradient(of: memory) }
    for (gradient, name) in zip(source.gradients, weights) { gradients[name] = gradient.tensor }
    let names = golden.names(under: "\(number)/gradient")
    try #require(Set(names) == Set(gradients.keys))
    let tolerance = ParityTolerance.layer(type, terms: x.shape.count)
    return try [ParityMeasurement("y", y.tensor, golden.tensor("\(number)/y"), tolerance)]
      + names.map { name in
        ParityMeasurement(
          "gradients", gradients[name] ?? nil, try golden.tensor("\(number)/gradient/\(name)"),
          tolerance)
      }
  }
}

@Suite struct SequenceLayersParityTests {
  @Test func embeddingsAgreeWithPyTorch() throws {
    let measurements = try EmbeddingParity.measurements()
    #expect(measurements.count == 2 * 3 * 2)
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  @Test func layerNormalisationAgreesWithPyTorch() throws {
    let measurements = try LayerNormParity.measurements()
    #expect(measurements.count == 2 * 3 * 4)
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }

  @Test func attentionAgreesWithPyTorch() throws {
    let measurements = try AttentionParity.measurements()
    #expect(measurements.count == 2 * (3 * (1 + 4) + (1 + 5)))
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }
}
