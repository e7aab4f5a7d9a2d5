import Autograd
import Tensors
import TestSupport
import Testing

@Suite struct GraphTests {
  private func tensor(_ scalars: [Double]) -> Tensor<Double> {
    Tensor(scalars, shape: [scalars.count])
  }

  @Test func `gradients of a small expression by hand`() throws {
    // y = Σ (a b + a): dy/da = b + 1, dy/db = a
    let graph = Graph<Double>()
    let a = graph.variable(tensor([1, 2]))
    let b = graph.variable(tensor([3, -4]))
    let y = graph.sum(graph.add(graph.multiply(a, b), a))
    #expect(y.tensor.item == -2)
    graph.backward(from: y)
    #expect(graph.gradient(of: a)?.scalars == [4, -3])
    #expect(graph.gradient(of: b)?.scalars == [1, 2])
  }

  @Test func `a value used by several operations gets the sum of their gradients`() {
    // y = x² + 3x with a diamond: dy/dx = 2x + 3
    let graph = Graph<Double>()
    let x = graph.variable(tensor([5]))
    let y = graph.add(graph.multiply(x, x), graph.scale(x, by: 3))
    graph.backward(from: graph.sum(y))
    #expect(graph.gradient(of: x)?.scalars == [13])
  }

  @Test func `constants and what depends on them only stay off the tape`() {
    let graph = Graph<Double>()
    let a = graph.constant(tensor([1, 2]))
    let y = graph.sum(graph.relu(graph.add(a, a)))
    #expect(graph.count == 0)
    #expect(!y.needsGradient)
    graph.backward(from: y)
    #expect(graph.gradient(of: a) == nil)
    #expect(graph.gradient(of: y) == nil)
  }

  @Test func `a pullback does no work for inputs without gradient`() {
    let graph = Graph<Double>()
    let x = graph.constant(tensor([1]))
    let w = graph.variable(tensor([2]))
    var asked: [Bool] = []
    var ran = 0
    let y = graph.record(tensor([2]), inputs: [x, w]) { dY, pull in
      asked = [pull.wants(x), pull.wants(w)]
      pull.accumulate(into: x) { _, _ in ran += 1 }
      pull.accumulate(into: w) { dW, adds in
        ran += 10
        #expect(!adds)
        dW = dY
      }
    }
    graph.backward(from: y)
    #expect(asked == [false, true])
    #expect(ran == 10)
    #expect(graph.contributionCount == 1)
    #expect(graph.gradient(of: w)?.scalars == [1])
  }

  @Test func `gradients with respect to network inputs`() {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor([1, 2], shape: [1, 2]))
    let w = graph.constant(Tensor([3, 4, 5, 6], shape: [2, 2]))
    graph.backward(from: graph.sum(graph.linear(x, weight: w)))
    #expect(graph.gradient(of: x)?.scalars == [8, 10])
    #expect(graph.gradient(of: w) == nil)
  }

  @Test func `values that the result does not depend on have no gradient`() {
    let graph = Graph<Double>()
    let x = graph.variable(tensor([1]))
    let unused = graph.variable(tensor([1]))
    let later = graph.scale(x, by: 2)
    let y = graph.scale(x, by: 3)
    graph.backward(from: y)
    #expect(graph.gradient(of: unused) == nil)
    #expect(graph.gradient(of: later) == nil)
    #expect(graph.gradient(of: x)?.scalars == [3])
  }

  @Test func `a seed weights the elements of the result`() {
    let graph = Graph<Double>()
    let x = graph.variable(tensor([1, 2, 3]))
    graph.backward(from: graph.multiply(x, x), seed: tensor([1, 0, -2]))
    #expect(graph.gradient(of: x)?.scalars == [2, 0, -12])
  }

  @Test func `the backward pass consumes the tape unless told otherwise`() async {
    let graph = Graph<Double>()
    let x = graph.variable(tensor([3]))
    let y = graph.multiply(x, x)
    graph.backward(from: y, keepingTape: true)
    graph.backward(from: y)
    #expect(graph.gradient(of: x)?.scalars == [12])
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Double>()
      let x = graph.variable(Tensor(scalar: 3))
      let inner = graph.multiply(x, x)
      graph.backward(from: graph.scale(inner, by: 2))
      graph.backward(from: graph.scale(inner, by: 3))
    }
  }

  @Test func `gradients of inner values are kept on request`() {
    let graph = Graph<Double>()
    let x = graph.variable(tensor([3]))
    let inner = graph.multiply(x, x)
    let other = graph.scale(inner, by: 2)
    graph.keepGradient(of: inner)
    let y = graph.scale(other, by: 5)
    graph.backward(from: y, keepingTape: true)
    #expect(graph.gradient(of: inner)?.scalars == [10])
    #expect(graph.gradient(of: other) == nil)
    // A second pass adds to the kept gradient but does not send it on twice.
    graph.backward(from: y)
    #expect(graph.gradient(of: inner)?.scalars == [20])
    #expect(graph.gradient(of: x)?.scalars == [120])
  }

  @Test func `a shared gradient is not changed by a later contribution`() {
    // Addition passes one tensor on to both inputs; only one of them gets a further contribution.
    let graph = Graph<Double>()
    let a = graph.variable(tensor([1, 1]))
    let b = graph.variable(tensor([1, 1]))
    let doubled = graph.scale(a, by: 2)
    let y = graph.add(doubled, graph.add(a, b))
    graph.backward(from: y, seed: tensor([1, 10]))
    #expect(graph.gradient(of: a)?.scalars == [3, 30])
    #expect(graph.gradient(of: b)?.scalars == [1, 10])
  }

  @Test func `reset drops the tape and values stay readable`() {
    let graph = Graph<Double>()
    let y = graph.scale(graph.variable(tensor([1])), by: 2)
    #expect(graph.count == 2)
    graph.reset()
    #expect(graph.count == 0)
    #expect(y.tensor.scalars == [2])
  }

  // MARK: Memory

  @Test func `a step allocates nothing after warm-up`() async {
    // In a process of its own, since the pool's counter is shared by all tests.
    await #expect(processExitsWith: .success) {
      let weight = Tensor<Float>(repeating: 0.01, shape: [2, 50, 70])
      let input = Tensor<Float>(repeating: 1, shape: [40, 70])
      let bias = Tensor<Float>(zeros: [50])
      let buffer = GradientBuffer<Float>(shape: [2, 50, 70])
      let graph = Graph<Float>()
      var misses: [Int] = []
      for _ in 0..<20 {
        graph.reset()
        buffer.clear()
        let w = graph.variable(weight, accumulatingInto: buffer)
        let b = graph.variable(bias)
        var y = graph.linear(graph.constant(input), weight: w, bias: b)
        y = graph.concatenate([graph.relu(y), graph.tanh(graph.sigmoid(y))], axis: 1)
        y = graph.softmax(graph.slice(y, axis: 1, 20..<80))
        y = graph.transpose(graph.reshape(y, to: [8, 5, 60]), [2, 0, 1])
        let s = graph.add(graph.sum(graph.multiply(y, y), axis: 2), graph.mean(y, axis: 2))
        graph.backward(
          from: graph.crossEntropy(logits: s, classes: Array(repeating: 3, count: 60)))
        misses.append(BufferPool.shared.misses)
      }
      precondition(misses[0] > 0, "the pool does not count")
      precondition(misses[19] == misses[2], "allocations after warm-up: \(misses)")
    }
  }

  @Test func `pullbacks and inner gradients are dropped during the backward pass`() {
    final class Witness {}
    weak var witness: Witness?
    let graph = Graph<Double>()
    let x = graph.variable(tensor([1]))
    do {
      let held = Witness()
      witness = held
      let y = graph.record(tensor([1]), inputs: [x]) { dY, pull in
        withExtendedLifetime(held) { pull.add(dY, to: x) }
      }
      graph.backward(from: y)
    }
    #expect(witness == nil)
    #expect(graph.gradient(of: x)?.scalars == [1])
  }

  // MARK: Mistakes of the programmer

  @Test func `values of another graph are refused`() async {
    await #expect(processExitsWith: .failure) {
      let x = Graph<Double>().variable(Tensor(scalar: 1))
      _ = Graph<Double>().scale(x, by: 2)
    }
  }

  @Test func `values of a tape that was reset are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Double>()
      let x = graph.variable(Tensor(scalar: 1))
      graph.reset()
      _ = graph.variable(Tensor(scalar: 2))
      _ = graph.scale(x, by: 2)
    }
  }

  @Test func `backward from a vector is refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Double>()
      graph.backward(from: graph.variable(Tensor(zeros: [2])))
    }
  }

  @Test func `contributions of another shape are refused`() async {
    await #expect(processExitsWith: .failure) {
      let graph = Graph<Double>()
      let x = graph.variable(Tensor(zeros: [2]))
      let y = graph.record(Tensor(scalar: 0), inputs: [x]) { dY, pull in pull.add(dY, to: x) }
      graph.backward(from: y)
    }
  }
}
