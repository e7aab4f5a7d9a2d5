import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Stacked LSTM layers over sequences of different lengths against `nn.LSTM` of packed sequences
/// (N4): outputs, final states, and the gradients for given slopes of all of them.
enum LSTMParity: CaseParityArea {
  static let title = "LSTM"
  static let golden = "lstm"

  static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ number: String, _ type: Scalar.Type
  ) throws -> [ParityMeasurement] {
    let sizes = try golden.integers("\(number)/sizes")
    let lengths = try golden.integers("\(number)/lengths")
    let network = LSTM<Scalar>(
      name: "", inputs: sizes[0], units: sizes[1], layers: sizes[2], random: RandomSource(seed: 0))
    for parameter in network.parameters {
      parameter.value = try golden.tensor("\(number)/parameter/\(parameter.name)")
    }
    let graph = Graph<Scalar>()
    let source = TrainableParameters(network.parameters)
    // The golden rows lie element after element.
    let stored = SequenceLayout(lengths: lengths, packing: .byElement)
    let layout = SequenceLayout(lengths: lengths, packing: .byStep)
    let x = try graph.variable(golden.tensor("\(number)/x"))
    let packedRows = layout.pack(stored.unpack(Array(0..<stored.rows)))
    let storedRows = stored.pack(layout.unpack(Array(0..<layout.rows)))
    let states = try initialStates(golden, number, sizes[2], on: graph)
    let y = network.forward(
      graph.gather(x, rows: packedRows), layout: layout,
      initial: states.map { [$0] }?.first.map { zip($0.hidden, $0.cell).map(LSTMState.init) },
      in: ForwardPass(graph: graph, source: source))
    let outputs = [
      "y": graph.gather(y.hidden, rows: storedRows),
      "h": graph.concatenate(y.final.map(\.hidden), axis: 0),
      "c": graph.concatenate(y.final.map(\.cell), axis: 0),
    ]
    // Σ slope ⊙ output over the three outputs.
    let parts = try outputs.keys.sorted().map { name in
      let output = try #require(outputs[name])
      let slope = try golden.tensor("\(number)/slope/\(name)", as: type)
        .reshaped(to: output.shape)
      return graph.sum(graph.multiply(output, graph.constant(slope)))
    }
    graph.backward(from: graph.add(graph.add(parts[0], parts[1]), parts[2]))

    var gradients = ["x": try #require(graph.gradient(of: x))]
    for parameter in network.parameters {
      gradients[parameter.name] = try #require(source.gradient(of: parameter)?.tensor)
    }
    if let states {
      gradients["h0"] = try joined(states.hidden, on: graph)
      gradients["c0"] = try joined(states.cell, on: graph)
    }
    let names = golden.names(under: "\(number)/gradient")
    try #require(Set(names) == Set(gradients.keys))
    let tolerance = ParityTolerance.layer(type, terms: max(sizes[0], sizes[1]) * lengths.count)
    return try ["c", "h", "y"].map { name in
      let expected = try golden.tensor("\(number)/output/\(name)", as: Double.self)
      return ParityMeasurement(
        "outputs and final states", outputs[name]?.tensor.reshaped(to: expected.shape), expected,
        tolerance)
    }
      + names.map { name in
        let expected = try golden.tensor("\(number)/gradient/\(name)", as: Double.self)
        return ParityMeasurement(
          "gradients", gradients[name]?.reshaped(to: expected.shape), expected, tolerance)
      }
  }

  /// One leaf per layer.
  private static func initialStates<Scalar>(
    _ golden: Golden, _ number: String, _ layers: Int, on graph: Graph<Scalar>
  ) throws -> (hidden: [Value<Scalar>], cell: [Value<Scalar>])? {
    guard !golden.names(under: "\(number)/state").isEmpty else { return nil }
    let hidden: Tensor<Scalar> = try golden.tensor("\(number)/state/h0")
    let cell: Tensor<Scalar> = try golden.tensor("\(number)/state/c0")
    return (
      (0..<layers).map { graph.variable(hidden.slice($0)) },
      (0..<layers).map { graph.variable(cell.slice($0)) }
    )
  }

  private static func joined<Scalar>(
    _ values: [Value<Scalar>], on graph: Graph<Scalar>
  ) throws -> Tensor<Scalar> {
    let gradients = try values.map { try #require(graph.gradient(of: $0)) }
    return Tensor(gradients.flatMap(\.scalars), shape: gradients[0].shape.prepending(values.count))
  }
}

@Suite struct LSTMParityTests {
  @Test func agreesWithPyTorch() throws {
    let measurements = try LSTMParity.measurements()
    // Outputs and two states; gradients of x, three parameters per layer, and the states before.
    #expect(measurements.count == 2 * ((3 + 4 + 2) + (3 + 7) + (3 + 7 + 2)))
    for measurement in measurements { #expect(measurement.isKept, "\(measurement)") }
  }
}
