import Autograd
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct CrossEntropyTests {
  private func gradient(
    _ graph: Graph<Double>, _ loss: Value<Double>, of x: Value<Double>
  ) throws -> Tensor<Double> {
    graph.backward(from: loss)
    return try #require(graph.gradient(of: x))
  }

  @Test func `mean and gradient by hand`() throws {
    // Rows with probabilities ¼ ¾ and ½ ½: −½ (ln ¾ + ln ½)
    let graph = Graph<Double>()
    let x = graph.variable(Tensor([0, 1.098_612_288_668_109_8, 7, 7], shape: [2, 2]))
    let loss = graph.crossEntropy(logits: x, classes: [1, 0])
    #expect(loss.shape == [])
    let expected = (0.287_682_072_451_780_9 + 0.693_147_180_559_945_3) / 2
    expectClose(loss.tensor.item, expected, relative: 1e-14)
    let dX = try gradient(graph, loss, of: x)
    expectClose(dX, [0.125, -0.125, -0.25, 0.25], relative: 1e-14)
  }

  @Test func `weighted sum and gradient by hand`() throws {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor([0, 0, 5, -5, 0, 0], shape: [3, 2]))
    let loss = graph.crossEntropy(logits: x, classes: [0, 1, 1], weights: [0.5, 0, 3])
    expectClose(loss.tensor.item, 3.5 * 0.693_147_180_559_945_3, relative: 1e-14)
    let dX = try gradient(graph, loss, of: x)
    expectClose(dX, [-0.25, 0.25, 0, 0, 1.5, -1.5], relative: 1e-14)
  }

  @Test func `the gradient of the loss is passed on`() throws {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor([0, 0], shape: [1, 2]))
    let loss = graph.scale(graph.crossEntropy(logits: x, classes: [0]), by: 8)
    expectClose(try gradient(graph, loss, of: x), [-4, 4], relative: 1e-14)
  }

  @Test func `the sum over tokens divided by the batch, as sequences need it`() throws {
    // B = 2 sequences of 3 and 1 tokens, padded to T = 3
    let logits: Tensor<Double> = RandomSource(seed: 7).stream("x").uniform([2, 3, 4], in: -3...3)
    let classes = [1, 2, 0, 3, 0, 0]
    let graph = Graph<Double>()
    let x = graph.variable(logits)
    let loss = graph.crossEntropy(
      logits: graph.reshape(x, to: [6, 4]), classes: classes,
      weights: [0.5, 0.5, 0.5, 0.5, 0, 0])
    let each = Naive.crossEntropies(logits.reshaped(to: [6, 4]), classes)
    expectClose(loss.tensor.item, (each[0] + each[1] + each[2] + each[3]) / 2, relative: 1e-13)
    let dX = try gradient(graph, loss, of: x)
    #expect(dX.reshaped(to: [6, 4]).rows(4..<6) == Tensor(zeros: [2, 4]))
  }

  /// Within 2 units in the last place of the double-precision loss, also for tiny and huge losses.
  @Test(
    arguments: [
      ([1e4, -1e4, 0], 0), ([1e4, -1e4, 0], 1), ([1e4, 1e4, 1e4], 2), ([-1e4, -1e4, -1e4], 0),
      ([17, 0, 0], 0), ([60, 0, -1], 0), ([.leastNonzeroMagnitude, 0, -.leastNonzeroMagnitude], 1),
      ([3, 1, -2], 2),
      ([0, -1e4, 1e4], 2), ([0, -1e4, 1e4], 0),
    ] as [([Float], Int)])
  func `single precision is as good as its format`(_ logits: [Float], _ label: Int) throws {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor(logits, shape: [1, 3]))
    let loss = graph.crossEntropy(logits: x, classes: [label])
    // log1p of the other terms keeps the digits that log Σ exp would lose.
    let others = logits.indices.filter { $0 != label }
    let ratios = others.map { Foundation.exp(Double(logits[$0]) - Double(logits[label])) }
    let direct = Foundation.log1p(ratios.reduce(0, +))
    let largest = others.map { Double(logits[$0]) }.max() ?? 0
    let expected = direct.isFinite ? direct : largest - Double(logits[label])
    let unit = Double(Float(expected).ulp)
    #expect(abs(Double(loss.tensor.item) - expected) <= 2 * unit)
    graph.backward(from: loss)
    let dX = try #require(graph.gradient(of: x))
    #expect(dX.isFinite)
    let probabilities = Naive.softmax(Tensor(logits.map(Double.init), shape: [1, 3])).scalars
    for other in others {
      let unit = Double(max(Float(probabilities[other]).ulp, .leastNormalMagnitude))
      #expect(abs(Double(dX[flat: other]) - probabilities[other]) <= 2 * unit)
    }
    // softmax − 1 of the right class is minus the sum of the others, however small that is.
    let wrong = others.reduce(0) { $0 + probabilities[$1] }
    let unitOfWrong = Double(max(Float(wrong).ulp, .leastNormalMagnitude))
    #expect(abs(Double(dX[flat: label]) + wrong) <= 2 * unitOfWrong)
  }

  @Test func `no rows weigh nothing`() {
    let graph = Graph<Float>()
    let x = graph.variable(Tensor(zeros: [0, 3]))
    #expect(graph.crossEntropy(logits: x, classes: [], weights: []).tensor.item == 0)
  }

  @Test func `a mean of no rows is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.crossEntropy(logits: graph.constant(Tensor(zeros: [0, 3])), classes: [])
    }
  }

  @Test func `a class that does not exist is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.crossEntropy(logits: graph.constant(Tensor(zeros: [2, 3])), classes: [0, 3])
    }
  }

  @Test func `another number of classes than rows is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      _ = graph.crossEntropy(logits: graph.constant(Tensor(zeros: [2, 3])), classes: [0])
    }
  }

  @Test func `another number of weights than rows is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Float>()
      let x = graph.constant(Tensor<Float>(zeros: [2, 3]))
      _ = graph.crossEntropy(logits: x, classes: [0, 1], weights: [1])
    }
  }
}
