import Autograd
import Foundation
import Masks
import NeuralNetworks
import Tensors
import Testing

/// Masks of several stages that are trained at the same time over one frozen network.
@Suite struct MasksOnThreadsTests {
  /// Masks of one stage after a few steps.
  private func train(_ network: any Module<Float>, stage: Int) -> [String: Tensor<Float>] {
    let random = RandomSource(seed: 91)
    let trainer = MaskTrainer(
      masking: network.parameters, stage: "stage-\(stage)",
      settings: .init(learningRate: 0.05, beta: 0.01, batch: 8, samples: 4),
      frozenGradients: FrozenGradients(network.parameters, startingFrom: [:]), random: random)
    for step in 0..<4 {
      let x: Tensor<Float> = random.stream("x/\(stage)").uniform(
        [8, 8, 8, 3], in: -1...1, step: step)
      _ = trainer.step(step) { calls in
        calls.graph.crossEntropy(
          logits: network.forward(calls.graph.constant(x), in: calls.pass()),
          classes: [0, 1, 2, 0, 1, 2, 0, 1])
      }
    }
    return trainer.logitTensors
  }

  private func expectTheSameMasks(_ network: any Module<Float>) {
    let stages = 6
    let expected = (0..<stages).map { train(network, stage: $0) }
    #expect(expected[0] != expected[1])
    let lock = NSLock()
    var (next, found) = (0, [Int: [String: Tensor<Float>]]())
    ComputeThreads.run(3) {
      while true {
        let stage = lock.withLock {
          defer { next += 1 }
          return next
        }
        guard stage < stages else { return }
        let masks = train(network, stage: stage)
        lock.withLock { found[stage] = masks }
      }
    }
    for stage in 0..<stages { #expect(found[stage] == expected[stage], "stage \(stage)") }
  }

  @Test func ofAConvolutionalNetwork() {
    expectTheSameMasks(
      SequentialNetwork<Float>(
        .convolutional(side: 8, channels: [18, 5, 7], classes: 3), random: RandomSource(seed: 92)))
  }

  @Test func ofAResidualNetwork() {
    expectTheSameMasks(
      SequentialNetwork<Float>(
        .residual(depth: 8, side: 8, widths: [4, 6, 7], classes: 3), random: RandomSource(seed: 93))
    )
  }
}
