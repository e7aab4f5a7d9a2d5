import Autograd
import Masks
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Dropout while masks are trained.
@Suite struct MaskDropoutTests {
  private static let random = RandomSource(seed: 61)
  private let network: SequentialNetwork<Float>
  private let inputs: Tensor<Float> = Self.random.stream("x").uniform([8, 6], in: -1...1)

  init() throws {
    let description = try NetworkDescription(
      input: [6],
      layers: [
        .linear("a", outputs: 16), .dropout("drop", rate: 0.5), .linear("b", outputs: 3),
      ])
    network = SequentialNetwork(description, random: Self.random)
  }

  /// The network's outputs in the two calls of a step, with masks that keep everything.
  private func outputs(dropsOut: Bool, stage: String = "s", step: Int = 0) -> [Tensor<Float>] {
    let trainer = MaskTrainer(
      masking: network.parameters, stage: stage,
      settings: .init(beta: 0, batch: 8, samples: 4, startLogit: 40, dropsOut: dropsOut),
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]), random: Self.random)
    var found: [Tensor<Float>] = []
    _ = trainer.step(step) { calls in
      found = (0..<2).map { call in
        let pass = calls.pass(call)
        #expect(pass.phase == .evaluation && pass.dropsOut == dropsOut)
        return network.forward(calls.graph.constant(inputs), in: pass).tensor
      }
      return calls.graph.constant(Tensor(scalar: 0))
    }
    return found
  }

  @Test func `is off unless it is asked for`() {
    let graph = Graph<Float>()
    let plain = network.forward(
      graph.constant(inputs), in: ForwardPass(graph: graph, source: FrozenParameters())
    ).tensor
    let found = outputs(dropsOut: false)
    #expect((found[0] - plain).maximumMagnitude() < 1e-6 && found[0] == found[1])
  }

  @Test func `switches units off anew in every call, step and stage`() {
    let off = outputs(dropsOut: false)
    let all = [
      outputs(dropsOut: true), outputs(dropsOut: true, step: 1),
      outputs(dropsOut: true, stage: "t"),
    ].flatMap { $0 }
    for (number, one) in all.enumerated() {
      #expect((one - off[0]).maximumMagnitude() > 1e-3)
      for other in all[(number + 1)...] { #expect(one != other) }
    }
    #expect(outputs(dropsOut: true) == Array(all.prefix(2)), "the same in every run")
  }

  /// The network's own layer of dropout with the stage's stream.
  @Test func `is that of a network in training`() {
    let graph = Graph<Float>()
    let pass = ForwardPass(
      graph: graph, phase: .training, source: FrozenParameters(),
      random: Self.random.source("mask-dropout/s").source("call-0"))
    let expected = network.forward(graph.constant(inputs), in: pass).tensor
    #expect((outputs(dropsOut: true)[0] - expected).maximumMagnitude() < 1e-6)
  }
}
