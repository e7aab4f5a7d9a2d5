import Autograd
import NeuralNetworks
import Tensors
import Testing

@testable import Experiments

@Suite struct StageTrainingTests {
  @Test func everyEpochTakesEachExampleOnce() {
    let random = RandomSource(seed: 1).stream("batches")
    let sampler = EpochSampler(count: 103, size: 20, random: random)
    #expect(EpochSampler.stepsPerEpoch(count: 103, size: 20) == 6)
    let epochs = (0..<3).map { epoch in
      (0..<6).flatMap { Array(sampler.indices(step: 6 * epoch + $0)) }
    }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<103)) }
    #expect(Set(epochs).count == 3)
    // A batch depends on its step alone.
    let other = EpochSampler(count: 103, size: 20, random: random)
    #expect(Array(other.indices(step: 11)) == Array(sampler.indices(step: 11)))
    #expect(other.indices(step: 11).count == 3)
  }

  private func network(_ sizes: [Int]) throws -> UnitNetwork<Float> {
    try UnitNetwork(
      UnitLayers(
        .perceptron(
          input: [sizes[0]], hidden: Array(sizes.dropFirst().dropLast()),
          classes: sizes[sizes.count - 1])), random: RandomSource(seed: 5))
  }

  /// With a loss that does not depend on the network, only the penalty moves weights: Adam's first step
  /// by the learning rate, against its sign.
  @Test(arguments: [(1e-3, 0.0), (0.0, 1e-3), (0.0, 0.0)])
  func penaltiesActOnWeights(l1: Double, l2: Double) throws {
    let network = try network([6, 5, 3])
    let before = network.tensors
    var settings = ClusterTrainingSettings()
    (settings.l1, settings.l2, settings.learningRate) = (l1, l2, 0.01)
    let training = StageTraining(network, settings, random: RandomSource(seed: 0))
    let report = training.step(0) { pass in
      let x = pass.graph.constant(Tensor<Float>(zeros: [2, 6]))
      return pass.graph.scale(
        pass.graph.crossEntropy(logits: network.forward(x, in: pass), classes: [0, 1]), by: 0)
    }
    #expect(report.loss == 0)
    for parameter in network.parameters {
      let old = try #require(before[parameter.name])
      for place in 0..<parameter.value.count {
        let moved = parameter.value[flat: place] - old[flat: place]
        let isMoved = parameter.role == .weight && l1 + l2 > 0 && abs(old[flat: place]) > 0.02
        let expected: Float = isMoved ? (old[flat: place] > 0 ? -0.01 : 0.01) : 0
        if abs(old[flat: place]) > 0.02 || parameter.role == .bias {
          #expect(abs(moved - expected) < 2e-4, "\(parameter.name) \(place)")
        }
      }
    }
  }

  /// The saved network has as many zeros as the schedule says, and training goes on from the weights
  /// that it finds.
  @Test func prunedWeightsAreZeroInTheEnd() throws {
    let network = try network([20, 30, 10])
    let pruning = MagnitudePruning(
      network.parameters, schedule: PruningSchedule(end: 40, frequency: 5))
    let training = StageTraining(
      network, ClusterTrainingSettings(), pruning: pruning, random: RandomSource(seed: 0))
    let x: Tensor<Float> = RandomSource(seed: 2).stream("x").normal([16, 20])
    for step in 0..<40 {
      _ = training.step(step) { pass in
        pass.graph.crossEntropy(
          logits: network.forward(pass.graph.constant(x), in: pass),
          classes: (0..<16).map { $0 % 10 })
      }
    }
    let result = training.result()
    for name in ["layers.0.weight", "layers.1.weight"] {
      guard case .float32(let weight)? = result["network.\(name)"] else {
        Issue.record("no \(name)")
        continue
      }
      let share = PruningSchedule(end: 40, frequency: 5).sparsity(at: 35)
      let kept = (Double(weight.count) * (1 - share)).rounded(.toNearestOrEven)
      #expect(weight.scalars.count { $0 != 0 } == Int(kept), "\(name)")
    }
  }
}
