import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct LSTMTests {
  @Test func `names, order and shapes of the parameters`() {
    let lstm = LSTM<Float>(
      name: "lstm", inputs: 3, units: 5, layers: 2, random: RandomSource(seed: 1))
    #expect(
      lstm.parameters.map(\.name) == [
        "lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0",
        "lstm.weight_ih_l1", "lstm.weight_hh_l1", "lstm.bias_ih_l1",
      ])
    #expect(
      lstm.parameters.map(\.shape) == [[20, 3], [20, 5], [20], [20, 5], [20, 5], [20]])
    #expect(
      lstm.parameters.map(\.role) == [.weight, .weight, .bias, .weight, .weight, .bias])
  }

  @Test func `initial values`() {
    let (inputs, units) = (60, 40)
    let lstm = LSTM<Double>(
      name: "lstm", inputs: inputs, units: units, layers: 2, random: RandomSource(seed: 2))
    func variance(_ rows: Range<Int>, _ tensor: Tensor<Double>) -> Double {
      tensor.rows(rows).sumOfSquares() / Double(tensor.rows(rows).count)
    }
    let input = lstm.layers[0].inputWeight.value
    let recurrent = lstm.layers[0].recurrentWeight.value
    for gate in [0, 1, 3] {
      let rows = gate * units..<(gate + 1) * units
      expectClose(variance(rows, input), 1 / Double(inputs + units), relative: 0.12)
      expectClose(variance(rows, recurrent), 1 / Double(2 * units), relative: 0.12)
    }
    let candidate = 2 * units..<3 * units
    expectClose(
      variance(candidate, input), 25.0 / 9 / Double(inputs + units), relative: 0.12)
    let block = recurrent.rows(candidate)
    var square = Naive.matrixProduct(block, Naive.transpose(block))
    for i in 0..<units { square[i, i] -= 25.0 / 18 }
    #expect(square.maximumMagnitude() < 1e-5)
    let bias = lstm.layers[1].bias.value.scalars
    #expect(bias == (0..<4 * units).map { $0 / units == 1 ? 1 : 0 })
    #expect(lstm.layers[0].recurrentWeight.value != lstm.layers[1].recurrentWeight.value)
  }

  @Test func `layers are stacked and give their final states`() {
    let lstm = LSTM<Double>(
      name: "lstm", inputs: 3, units: 4, layers: 2, random: RandomSource(seed: 3))
    let layout = SequenceLayout(lengths: [2, 3], packing: .byStep)
    let graph = Graph<Double>()
    let pass = ForwardPass(graph: graph, source: FrozenParameters())
    let x = graph.constant(RandomSource(seed: 3).stream("x").uniform([5, 3], in: -1...1))
    let y = lstm.forward(x, layout: layout, in: pass)
    let weights = lstm.weights(in: pass)
    let first = graph.lstm(x, layout: layout, weights: weights[0])
    let second = graph.lstm(first.hidden, layout: layout, weights: weights[1])
    #expect(y.hidden.tensor == second.hidden.tensor)
    #expect(y.final.count == 2)
    #expect(y.final[0].cell.tensor == first.final.cell.tensor)
    #expect(y.final[1].hidden.tensor == second.final.hidden.tensor)
    // Continuing from the final states is one long sequence.
    let longer = SequenceLayout(lengths: [4, 6], packing: .byStep)
    let rows = (0..<2).flatMap { element in
      (0..<longer.lengths[element]).map { step in
        (longer.row(of: element, step: step), element, step % layout.lengths[element])
      }
    }
    var twice = Tensor<Double>(zeros: [10, 3])
    for (row, element, step) in rows {
      for c in 0..<3 { twice[row, c] = x.tensor[layout.row(of: element, step: step), c] }
    }
    let whole = lstm.forward(graph.constant(twice), layout: longer, in: pass)
    let again = lstm.forward(x, layout: layout, initial: y.final, in: pass)
    for layer in 0..<2 {
      expectClose(
        again.final[layer].hidden.tensor, whole.final[layer].hidden.tensor, absolute: 1e-15)
      expectClose(again.final[layer].cell.tensor, whole.final[layer].cell.tensor, absolute: 1e-15)
    }
  }

  @Test func `dropout acts between layers in training only`() {
    let lstm = LSTM<Float>(
      name: "lstm", inputs: 3, units: 8, layers: 2, dropout: 0.5, random: RandomSource(seed: 4))
    let layout = SequenceLayout(lengths: [2, 3], packing: .byStep)
    let graph = Graph<Float>()
    let x = graph.constant(RandomSource(seed: 4).stream("x").uniform([5, 3], in: -1...1))
    func run(_ phase: Phase, _ step: Int) -> (first: Tensor<Float>, last: Tensor<Float>) {
      let pass = ForwardPass(
        graph: graph, phase: phase, source: FrozenParameters(), random: RandomSource(seed: 5),
        step: step)
      let y = lstm.forward(x, layout: layout, in: pass)
      return (y.final[0].hidden.tensor, y.final[1].hidden.tensor)
    }
    #expect(run(.evaluation, 0).last == run(.evaluation, 1).last)
    #expect(run(.training, 0).last != run(.evaluation, 0).last)
    #expect(run(.training, 0).last == run(.training, 0).last)
    #expect(run(.training, 0).last != run(.training, 1).last)
    #expect(run(.training, 0).first == run(.evaluation, 0).first)
  }

  @Test func `a training step allocates nothing after warm-up`() async {
    // In a process of its own, since the pool's counter is shared by all tests.
    await #expect(processExitsWith: .success) {
      let lstm = LSTM<Float>(
        name: "lstm", inputs: 6, units: 20, layers: 2, dropout: 0.5, random: RandomSource(seed: 6))
      let source = TrainableParameters(lstm.parameters)
      let optimizer = Adam(lstm.parameters)
      let layout = SequenceLayout(lengths: [5, 2, 3, 3], packing: .byStep)
      let graph = Graph<Float>()
      var misses: [Int] = []
      for step in 0..<10 {
        graph.reset()
        source.clearGradients()
        let pass = ForwardPass(
          graph: graph, phase: .training, source: source, random: RandomSource(seed: 6), step: step)
        let x: Tensor<Float> = RandomSource(seed: 6).stream("x").uniform([13, 6], step: step)
        let y = lstm.forward(graph.constant(x), layout: layout, in: pass)
        graph.backward(from: graph.sum(graph.multiply(y.hidden, y.hidden)))
        optimizer.step(source)
        misses.append(BufferPool.shared.misses)
      }
      precondition(misses[0] > 0, "the pool does not count")
      precondition(misses[9] == misses[2], "allocations after warm-up: \(misses)")
    }
  }

  @Test func `weight samples equal separate networks`() {
    let lstm = LSTM<Double>(
      name: "lstm", inputs: 3, units: 4, layers: 2, random: RandomSource(seed: 7))
    let lengths = [3, 1, 2, 2, 4, 1]
    let inputs: [[Tensor<Double>]] = lengths.enumerated().map { element, length in
      (0..<length).map {
        RandomSource(seed: 7).stream("\(element)").uniform([1, 3], in: -1...1, step: $0)
      }
    }
    for samples in [1, 2, 3] {
      expectSamplesToEqualSeparateNetworks(lstm.parameters, samples: samples) { slice, pass in
        let size = lengths.count / samples
        let elements = slice.map { $0 * size..<($0 + 1) * size } ?? 0..<lengths.count
        let layout = SequenceLayout(
          lengths: Array(lengths[elements]), samples: pass.samples, packing: .byStep)
        let rows = layout.pack(elements.map { inputs[$0] }).map { pass.graph.constant($0) }
        let y = lstm.forward(pass.graph.concatenate(rows, axis: 0), layout: layout, in: pass)
        let final = pass.graph.multiply(y.final[1].hidden, y.final[0].cell)
        return pass.graph.mean(pass.graph.sum(final, axis: 1))
      }
    }
  }
}
