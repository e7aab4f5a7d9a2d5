import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct ParameterSourceTests {
  private let weight = Parameter<Double>(
    name: "weight", role: .weight, value: Tensor([1, 2, 3, 4], shape: [2, 2]))
  private let bias = Parameter<Double>(
    name: "bias", role: .bias, value: Tensor([10, 20], shape: [2]))
  private let x = Tensor<Double>([1, 1, 1, 0], shape: [2, 2])

  @Test func `trained parameters collect gradients across calls until cleared`() throws {
    let source = TrainableParameters([weight, bias])
    let graph = Graph<Double>()
    for _ in 0..<2 {
      let y = ForwardPass(graph: graph, source: source)
        .linear(graph.constant(x), weight: weight, bias: bias)
      #expect(y.tensor.scalars == [13, 27, 11, 23])
      graph.backward(from: graph.sum(y))
    }
    #expect(source.gradient(of: weight)?.tensor.scalars == [4, 2, 4, 2])
    #expect(source.gradient(of: bias)?.tensor.scalars == [4, 4])
    #expect(source.gradients.map(\.shape) == [[2, 2], [2]])
    source.clearGradients()
    #expect(source.gradients.allSatisfy { $0.isEmpty })
  }

  @Test func `parameters that are not listed are constants`() {
    let source = TrainableParameters([bias])
    let graph = Graph<Double>()
    let y = ForwardPass(graph: graph, source: source)
      .linear(graph.constant(x), weight: weight, bias: bias)
    graph.backward(from: graph.sum(y))
    #expect(source.gradient(of: weight) == nil)
    #expect(source.gradient(of: bias)?.tensor.scalars == [2, 2])
    #expect(!source.value(of: weight, on: graph).needsGradient)
    // To the sum's input and to the bias: nothing was computed for the weight or the input.
    #expect(graph.contributionCount == 2)
  }

  @Test func `frozen parameters leave nothing on the tape`() {
    let graph = Graph<Double>()
    let pass = ForwardPass(graph: graph, source: FrozenParameters())
    let y = pass.linear(graph.constant(x), weight: weight, bias: bias)
    #expect(y.tensor.scalars == [13, 27, 11, 23])
    #expect(graph.count == 0)
    #expect(pass.value(of: weight).tensor == weight.value)
    #expect(pass.phase == .evaluation)
  }

  @Test func `frozen parameters let gradients pass to the input`() {
    let graph = Graph<Double>()
    let input = graph.variable(x)
    let y = ForwardPass(graph: graph, source: FrozenParameters())
      .linear(input, weight: weight, bias: bias)
    graph.backward(from: graph.sum(y))
    #expect(graph.gradient(of: input)?.scalars == [4, 6, 4, 6])
    #expect(graph.contributionCount == 2)
  }

  @Test func `a source may answer with weight samples`() {
    /// Uses the parameter for the first half of the batch and its negative for the second.
    struct Signs: ParameterSource {
      func value(of parameter: Parameter<Double>, on graph: Graph<Double>) -> Value<Double> {
        let value = parameter.value
        let samples = value.scalars + value.scalars.map { -$0 }
        return graph.constant(Tensor(samples, shape: value.shape.prepending(2)))
      }
    }
    let graph = Graph<Double>()
    let layer = Linear(weight: weight, bias: bias)
    let y = layer.forward(graph.constant(x), in: ForwardPass(graph: graph, source: Signs()))
    #expect(y.tensor.scalars == [13, 27, -11, -23])
  }

  @Test func `a source may compute the products in its own way`() {
    /// Answers with a half of the weight as a value, with twice the weight as a map.
    struct Own: ParameterSource {
      func value(of parameter: Parameter<Double>, on graph: Graph<Double>) -> Value<Double> {
        graph.constant(parameter.role == .weight ? 0.5 * parameter.value : parameter.value)
      }
      func linearMap(
        of weight: Parameter<Double>, on graph: Graph<Double>
      ) -> LinearMap<Double> { LinearMap(graph.constant(2 * weight.value)) }
    }
    let graph = Graph<Double>()
    let pass = ForwardPass(graph: graph, source: Own())
    let input = graph.variable(x)
    let y = Linear(weight: weight, bias: bias).forward(input, in: pass)
    #expect(y.tensor.scalars == [16, 34, 12, 26])
    graph.backward(from: graph.sum(y))
    #expect(graph.gradient(of: input)?.scalars == [8, 12, 8, 12])
  }

  @Test func `a parameter listed twice is refused`() async {
    await #expect(processExitsWith: .failure) {
      let p = Parameter<Float>(name: "p", role: .weight, value: Tensor(zeros: [1]))
      _ = TrainableParameters([p, p])
    }
  }
}
