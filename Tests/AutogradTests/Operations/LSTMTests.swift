import Autograd
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct LSTMTests {
  private let stream = RandomSource(seed: 11).stream("lstm")

  private func draw<S: TensorScalar>(_ shape: Shape, _ step: Int) -> Tensor<S> {
    stream.uniform(shape, in: -1...1, step: step)
  }

  @Test func `one unit and one step by hand`() {
    let graph = Graph<Double>()
    let weights = LSTMWeights(
      input: LinearMap(graph.constant(Tensor([1, 2, 3, 4], shape: [4, 1]))),
      recurrent: LinearMap(graph.constant(Tensor([5, 6, 7, 8], shape: [4, 1]))),
      bias: graph.constant(Tensor([0.1, 0.2, 0.3, 0.4], shape: [4])))
    let y = graph.lstm(
      graph.constant(Tensor([0.5], shape: [1, 1])),
      layout: SequenceLayout(lengths: [1], packing: .byStep), weights: weights,
      initial: LSTMState(
        hidden: graph.constant(Tensor([0.1], shape: [1, 1])),
        cell: graph.constant(Tensor([-2], shape: [1, 1]))))
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    // z = w x + u h + b for i, f, g, o.
    let c = sigmoid(1 + 0.6 + 0.2) * -2 + sigmoid(0.5 + 0.5 + 0.1) * tanh(1.5 + 0.7 + 0.3)
    let h = sigmoid(2 + 0.8 + 0.4) * tanh(c)
    expectClose(y.hidden.tensor, [h], relative: 1e-15)
    expectClose(y.final.hidden.tensor, [h], relative: 1e-15)
    expectClose(y.final.cell.tensor, [c], relative: 1e-15)
  }

  /// Element by element and step by step, from the formulas.
  @Test func `packed sequences equal loops over elements`() {
    let lengths = [2, 4, 1, 3, 3, 1]
    let (inputs, units, samples) = (3, 5, 2)
    let layout = SequenceLayout(lengths: lengths, samples: samples, packing: .byStep)
    let x: Tensor<Double> = draw([layout.rows, inputs], 0)
    let w: Tensor<Double> = draw([samples, 4 * units, inputs], 1)
    let u: Tensor<Double> = draw([samples, 4 * units, units], 2)
    let b: Tensor<Double> = draw([samples, 4 * units], 3)
    let (h0, c0): (Tensor<Double>, Tensor<Double>) = (
      draw([lengths.count, units], 4), draw([lengths.count, units], 5)
    )
    let graph = Graph<Double>()
    let weights = LSTMWeights(
      input: LinearMap(graph.constant(w)), recurrent: LinearMap(graph.constant(u)),
      bias: graph.constant(b))
    let y = graph.lstm(
      graph.constant(x), layout: layout, weights: weights,
      initial: LSTMState(hidden: graph.constant(h0), cell: graph.constant(c0)))
    for element in lengths.indices {
      let sample = element / 3
      var (h, c) = (h0.rows(element..<element + 1), c0.rows(element..<element + 1))
      for step in 0..<lengths[element] {
        let row = layout.row(of: element, step: step)
        let z =
          Naive.linear(x.rows(row..<row + 1), weight: w.slice(sample), bias: b.slice(sample))
          + Naive.linear(h, weight: u.slice(sample), bias: nil)
        for j in 0..<units {
          let gate = { (block: Int) in z[0, block * units + j] }
          let sigmoid = { (x: Double) in 1 / (1 + exp(-x)) }
          c[0, j] = sigmoid(gate(1)) * c[0, j] + sigmoid(gate(0)) * tanh(gate(2))
          h[0, j] = sigmoid(gate(3)) * tanh(c[0, j])
        }
        expectClose(y.hidden.tensor.rows(row..<row + 1), h, absolute: 1e-14)
      }
      expectClose(y.final.hidden.tensor.rows(element..<element + 1), h, absolute: 1e-14)
      expectClose(y.final.cell.tensor.rows(element..<element + 1), c, absolute: 1e-14)
    }
  }

  /// An input given once equals the same input given at every step, gradients included.
  @Test(arguments: [1, 2], [false, true])
  func `repeated inputs equal copies`(_ samples: Int, _ hasState: Bool) throws {
    let (batch, length, repeats, inputs, units) = (4, 6, 3, 3, 5)
    let once = SequenceLayout(
      batch: batch, length: length / repeats, samples: samples, packing: .byStep)
    let layout = SequenceLayout(batch: batch, length: length, samples: samples, packing: .byStep)
    let x: Tensor<Double> = draw([once.rows, inputs], 0)
    var copies = Tensor<Double>(zeros: [layout.rows, inputs])
    for element in 0..<batch {
      for step in 0..<length {
        let source = once.row(of: element, step: step / repeats)
        for c in 0..<inputs {
          copies[layout.row(of: element, step: step), c] = x[source, c]
        }
      }
    }
    func run(_ x: Tensor<Double>, _ repeats: Int) throws -> [Tensor<Double>] {
      let graph = Graph<Double>()
      let v = [
        graph.variable(x), graph.variable(draw([4 * units, inputs], 1)),
        graph.variable(draw([4 * units, units], 2)), graph.variable(draw([4 * units], 3)),
      ]
      let weights = LSTMWeights(input: LinearMap(v[1]), recurrent: LinearMap(v[2]), bias: v[3])
      let state = LSTMState(
        hidden: graph.variable(draw([batch, units], 4)),
        cell: graph.variable(draw([batch, units], 5)))
      let y = graph.lstm(
        v[0], layout: layout, repeats: repeats, weights: weights, initial: hasState ? state : nil)
      graph.backward(from: y.hidden, seed: draw([layout.rows, units], 6))
      return try [y.hidden.tensor] + v.map { try #require(graph.gradient(of: $0)) }
        + (hasState
          ? [state.hidden, state.cell].map { try #require(graph.gradient(of: $0)) } : [])
    }
    let short = try run(x, repeats)
    let long = try run(copies, 1)
    for position in short.indices where position != 1 {
      expectClose(short[position], long[position], absolute: 1e-13, "part \(position)")
    }
    for element in 0..<batch {
      for step in 0..<length / repeats {
        for c in 0..<inputs {
          let total = (0..<repeats).reduce(0.0) {
            $0 + long[1][layout.row(of: element, step: step * repeats + $1), c]
          }
          expectClose(short[1][once.row(of: element, step: step), c], total, absolute: 1e-13)
        }
      }
    }
  }

  /// S weight samples serve the S slices of the batch, as S separate layers would.
  @Test(arguments: [1, 2, 4])
  func `weight samples equal separate layers`(_ samples: Int) throws {
    let (inputs, units) = (3, 4)
    let lengths = (0..<samples * 3).map { [2, 1, 4, 3][$0 % 4] }
    let layout = SequenceLayout(lengths: lengths, samples: samples, packing: .byStep)
    let x: Tensor<Double> = draw([layout.rows, inputs], 0)
    let parameters: [Tensor<Double>] = [
      draw([samples, 4 * units, inputs], 1), draw([samples, 4 * units, units], 2),
      draw([samples, 4 * units], 3),
    ]
    let dY: Tensor<Double> = draw([layout.rows, units], 4)
    func run(
      _ x: Tensor<Double>, _ p: [Tensor<Double>], _ layout: SequenceLayout, _ dY: Tensor<Double>
    ) throws -> [Tensor<Double>] {
      let graph = Graph<Double>()
      let v = ([x] + p).map { graph.variable($0) }
      let weights = LSTMWeights(input: LinearMap(v[1]), recurrent: LinearMap(v[2]), bias: v[3])
      let y = graph.lstm(v[0], layout: layout, weights: weights)
      graph.backward(from: y.hidden, seed: dY)
      return try [y.hidden.tensor] + v.map { try #require(graph.gradient(of: $0)) }
    }
    let together = try run(x, parameters, layout, dY)
    for sample in 0..<samples {
      let rows = layout.groups[sample]
      let part = SequenceLayout(
        lengths: Array(lengths[sample * 3..<(sample + 1) * 3]), packing: .byStep)
      let alone = try run(
        x.rows(rows), parameters.map { $0.slice(sample) }, part, dY.rows(rows))
      expectClose(together[0].rows(rows), alone[0], absolute: 1e-14)
      expectClose(together[1].rows(rows), alone[1], absolute: 1e-14)
      for parameter in 2..<5 {
        expectClose(together[parameter].slice(sample), alone[parameter], absolute: 1e-13)
      }
    }
  }

  /// A mask's weight gradient is expensive, so every matrix is asked once for all steps.
  @Test func `every gradient is asked for once`() {
    let layout = SequenceLayout(lengths: [3, 5, 2, 2], samples: 2, packing: .byStep)
    func contributions(areTrained: Bool) -> Int {
      let graph = Graph<Double>()
      let input: Tensor<Double> = draw([2, 8, 3], 1)
      let recurrent: Tensor<Double> = draw([2, 8, 2], 2)
      let weights = LSTMWeights<Double>(
        input: LinearMap(areTrained ? graph.variable(input) : graph.constant(input)),
        recurrent: LinearMap(areTrained ? graph.variable(recurrent) : graph.constant(recurrent)),
        bias: nil)
      let y = graph.lstm(
        graph.variable(draw([layout.rows, 3], 0)), layout: layout, weights: weights)
      graph.backward(from: graph.sum(y.hidden))
      return graph.contributionCount
    }
    #expect(contributions(areTrained: true) == contributions(areTrained: false) + 2)
  }

  @Test func `sequences packed by element are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let weights = LSTMWeights(
        input: LinearMap(graph.constant(Tensor(zeros: [4, 1]))),
        recurrent: LinearMap(graph.constant(Tensor(zeros: [4, 1]))), bias: nil)
      _ = graph.lstm(
        graph.constant(Tensor(zeros: [2, 1])),
        layout: SequenceLayout(lengths: [2], packing: .byElement), weights: weights)
    }
  }

  @Test func `matrices of other sizes are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = LSTMWeights(
        input: LinearMap(graph.constant(Tensor(zeros: [8, 3]))),
        recurrent: LinearMap(graph.constant(Tensor(zeros: [8, 3]))), bias: nil)
    }
  }
}
