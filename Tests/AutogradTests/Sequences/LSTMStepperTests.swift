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
      input: MatrixMap(draw([samples, 4 * units, inputs], 0)),
      recurrent: MatrixMap(draw([samples, 4 * units, units], 1)),
      bias: draw([samples, 4 * units], 2))
    let initial = LSTMState(hidden: draw([4, units], 3), cell: draw([4, units], 4))
    let x = draw([layout.rows, inputs], 5)
    let expected = graph.lstm(x, layout: layout, weights: weights, initial: initial)
    var stepper = LSTMStepper(weights: weights, layout: layout, initial: initial)
    for step in 0..<layout.longest {
      var now = Tensor<Double>(zeros: [4, inputs])
      for part in layout.rows(atStep: step) {
        for i in 0..<part.count {
          for c in 0..<inputs { now[part.rank + i, c] = x.tensor[part.row + i, c] }
        }
      }
      stepper.take(step: step, now)
      for part in layout.rows(atStep: step) {
        expectClose(
          stepper.hidden.rows(part.rank..<part.rank + part.count),
          expected.hidden.tensor.rows(part.row..<part.row + part.count), absolute: 1e-15)
      }
    }
  }
}
