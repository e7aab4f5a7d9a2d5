import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct DropoutTests {
  private func pass(_ phase: Phase, step: Int = 0, seed: UInt64 = 1) -> ForwardPass<Float> {
    ForwardPass(
      graph: Graph(), phase: phase, source: FrozenParameters(), random: RandomSource(seed: seed),
      step: step)
  }

  @Test func `shares and size of the factors`() throws {
    let dropout = Dropout<Float>(name: "a", rate: 0.2)
    let factors = try #require(dropout.factors([100, 100], in: pass(.training)))
    #expect(Set(factors.scalars) == [0, 1.25])
    expectClose(Double(factors.scalars.filter { $0 == 0 }.count), 2000, relative: 0.1)
  }

  @Test func `factors depend on name, seed, step and call alone`() {
    let dropout = Dropout<Float>(name: "a", rate: 0.5)
    let shape: Shape = [50]
    let factors = dropout.factors(shape, in: pass(.training))
    #expect(factors == dropout.factors(shape, in: pass(.training)))
    #expect(factors != Dropout(name: "b", rate: 0.5).factors(shape, in: pass(.training)))
    #expect(factors != dropout.factors(shape, in: pass(.training, seed: 2)))
    #expect(factors != dropout.factors(shape, in: pass(.training, step: 1)))
    #expect(factors != dropout.factors(shape, call: 1, in: pass(.training)))
  }

  @Test func `forward and gradient use the same factors`() throws {
    let dropout = Dropout<Float>(name: "a", rate: 0.5)
    let pass = pass(.training)
    let x = pass.graph.variable(Tensor<Float>(repeating: 3, shape: [40]))
    let y = dropout.forward(x, in: pass)
    pass.graph.backward(from: pass.graph.sum(y))
    let factors = try #require(dropout.factors([40], in: pass))
    #expect(y.tensor == 3 * factors)
    #expect(pass.graph.gradient(of: x) == factors)
  }

  @Test func `nothing happens in evaluation or at rate 0`() {
    let x = pass(.evaluation).graph.constant(Tensor<Float>(repeating: 3, shape: [40]))
    #expect(Dropout(name: "a", rate: 0.5).forward(x, in: pass(.evaluation)).tensor == x.tensor)
    #expect(Dropout<Float>(name: "a", rate: 0).factors([4], in: pass(.training)) == nil)
  }

  @Test func `a rate of 1 is refused`() async {
    await #expect(processExitsWith: .failure) { _ = Dropout<Float>(name: "a", rate: 1) }
  }

  @Test func `training without randomness is refused`() async {
    await #expect(processExitsWith: .failure) {
      let pass = ForwardPass<Float>(
        graph: Graph(), phase: .training, source: FrozenParameters())
      _ = Dropout<Float>(name: "a", rate: 0.5).factors([4], in: pass)
    }
  }
}
