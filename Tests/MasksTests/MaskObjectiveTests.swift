import Autograd
import Masks
import NeuralNetworks
import Tensors
import Testing

/// Masks that match the outputs of the network without masks.
@Suite struct MaskObjectiveTests {
  private static let random = RandomSource(seed: 71)
  private let inputs: Tensor<Float> = Self.random.stream("x").uniform([16, 5], in: -1...1)

  private func trainer(
    _ network: some ParameterContainer<Float>, _ objective: MaskObjective, samples: Int = 2
  ) -> MaskTrainer<Float> {
    MaskTrainer(
      masking: network.parameters.filter { $0.role == .weight }, stage: "s",
      settings: .init(
        learningRate: 0.05, beta: 1e-4, batch: 16, samples: samples, objective: objective),
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]), random: Self.random)
  }

  /// Neither classes nor their number of calls matter.
  @Test func `right answers have no effect`() {
    func train(_ classes: [Int]) -> [String: Tensor<Float>] {
      let network = SequentialNetwork<Float>(.feedForward(sizes: [5, 8, 3]), random: Self.random)
      let trainer = trainer(network, .match)
      for step in 0..<5 {
        let report = trainer.step(step) { calls in
          let losses = (0..<2).map { call in
            let pass = calls.pass(call)
            return pass.loss(
              logits: network.forward(calls.graph.constant(inputs), in: pass), classes: classes)
          }
          return calls.graph.add(losses[0], losses[1])
        }
        #expect(report.loss >= 0)
      }
      return trainer.logitTensors
    }
    #expect(
      train([Int](repeating: 0, count: 16)) == train((0..<16).map { $0 % 3 }))
  }

  @Test func `open masks match`() {
    let network = SequentialNetwork<Float>(.feedForward(sizes: [5, 8, 3]), random: Self.random)
    let trainer = MaskTrainer(
      masking: network.parameters, stage: "s",
      settings: .init(beta: 0, batch: 16, samples: 4, startLogit: 80, objective: .match),
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]), random: Self.random)
    let report = trainer.step(0) { calls in
      let pass = calls.pass()
      return pass.loss(
        logits: network.forward(calls.graph.constant(inputs), in: pass),
        classes: [Int](repeating: 0, count: 16))
    }
    #expect(abs(report.loss) < 1e-6)
  }

  /// Packed rows of sequences lie in the same places with and without masks.
  @Test(arguments: [1, 2, 4]) func `sequences match`(samples: Int) {
    let network = EncoderDecoderLSTM<Double>(
      .init(inputTokens: 4, outputTokens: 3, embedding: 3, units: 5, layers: 1), random: Self.random
    )
    let pairs = SequencePairs(
      inputs: [[0, 1], [2], [3, 3, 1], [1]], outputs: [[0], [1, 2, 2], [2, 0], []])
    let trainer = MaskTrainer(
      masking: network.parameters, stage: "s",
      settings: .init(beta: 0, batch: 4, samples: samples, startLogit: 80, objective: .match),
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]), random: Self.random)
    let report = trainer.step(0) { network.loss(of: pairs, in: $0.pass()) }
    #expect(abs(report.loss) < 1e-12)
  }

  @Test func `numbers match`() {
    let network = SequentialNetwork<Float>(.feedForward(sizes: [5, 8, 3]), random: Self.random)
    func loss(_ trainer: MaskTrainer<Float>, _ number: Float) -> Double {
      trainer.step(0) { calls in
        let pass = calls.pass()
        return pass.loss(
          outputs: network.forward(calls.graph.constant(inputs), in: pass),
          numbers: Tensor(repeating: number, shape: [16, 3]))
      }.loss
    }
    #expect(loss(trainer(network, .match), 9) == loss(trainer(network, .match), 0))
    #expect(loss(trainer(network, .task), 9) > loss(trainer(network, .task), 0))
  }
}
