import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct LSTMStepperTests {
  /// Steps taken one by one equal the layer that takes all at once.
  @Test(arguments: [1, 2])
  func `steps equal the whole layer`(_ samples: Int) {
    let stream = RandomSource(seed: 13).stream("stepper")
    let (inputs, units) = (3, 4)
    let layout = SequenceLayout(lengths: [2, 3, 1, 3], samples: samples, packing: .byStep)
    let graph = Graph<Double>()
    func draw(_ shape: Shape, _ step: Int) -> Value<Double> {
      graph.constant(stream.uniform(shape, in: -1...1, step: step))
    }
    let weights = LSTMWeights(
      input: LinearMap(draw([samples, 4 * units, inputs], 0)),
      recurrent: LinearMap(draw([samples, 4 * units, units], 1)),
      bias: draw([samples, 4 * units], 2))
    let initial = LSTMState(hidden: draw([4, units], 3), cell: draw([4, units], 4))
    let x = draw([layout.rows, inputs], 5)
    let expected = graph.lstm(x, layout: layout, weights: weights, initial: initial)
    var stepper = LSTMStepper(weights: weights, layout: layout, initial: initial)
    for step in 0..<layout.longest {
      stepper.take(step: step, x.tensor)
      for part in layout.rows(atStep: step) {
        let rows = part.row..<part.row + part.count
        expectClose(
          stepper.hidden.rows(rows), expected.hidden.tensor.rows(rows), absolute: 1e-15)
      }
    }
    let trace = stepper.finished()
    let final = trace.finalState(layout)
    expectClose(final.hidden, expected.final.hidden.tensor, absolute: 1e-15)
    expectClose(final.cell, expected.final.cell.tensor, absolute: 1e-15)
  }

  /// A layer recorded from its trace has the gradients of one that was computed while recorded.
  @Test func `a trace replaces the forward pass`() throws {
    let stream = RandomSource(seed: 14).stream("trace")
    let layout = SequenceLayout(lengths: [2, 3, 1], packing: .byStep)
    func run(_ steps: Bool) throws -> [Tensor<Double>] {
      let graph = Graph<Double>()
      let shapes: [Shape] = [[layout.rows, 3], [16, 3], [16, 4], [16], [3, 4], [3, 4]]
      let v = shapes.enumerated().map {
        graph.variable(stream.uniform($1, in: -1...1, step: $0))
      }
      let weights = LSTMWeights(input: LinearMap(v[1]), recurrent: LinearMap(v[2]), bias: v[3])
      let initial = LSTMState(hidden: v[4], cell: v[5])
      var trace: LSTMTrace<Double>?
      if steps {
        var stepper = LSTMStepper(weights: weights, layout: layout, initial: initial)
        for step in 0..<3 { stepper.take(step: step, v[0].tensor) }
        trace = stepper.finished()
      }
      let y = graph.lstm(
        v[0], layout: layout, weights: weights, initial: initial, trace: trace)
      graph.backward(
        from: graph.concatenate([y.hidden, y.final.cell], axis: 0),
        seed: stream.uniform([9, 4], in: -1...1, step: 9))
      return try [y.hidden.tensor, y.final.cell.tensor]
        + v.map { try #require(graph.gradient(of: $0)) }
    }
    for (a, b) in zip(try run(true), try run(false)) { expectClose(a, b, absolute: 1e-15) }
  }
}
