import Clusters
import Foundation
import NeuralNetworks
import Statistics
import Tensors
import Testing

@Suite struct FeatureOptimizationTests {
  private let random = RandomSource(seed: 12)
  private let sets = [[0, 1, 2, 3], [2, 5, 7], [1, 4, 6, 8, 9]]

  private func network() throws -> UnitNetwork<Float> {
    UnitNetwork(
      try UnitLayers(.perceptron(input: [10, 10, 1], hidden: [12, 10], classes: 4)),
      random: RandomSource(seed: 3))
  }

  private func settings(_ change: (inout FeatureSettings) -> Void = { _ in }) -> FeatureSettings {
    var settings = FeatureSettings()
    settings.steps = 24
    change(&settings)
    return settings
  }

  @Test(arguments: FeatureTransforms.allCases)
  func `a resumed run goes on with the same bits`(_ transforms: FeatureTransforms) throws {
    let settings = settings {
      $0.transforms = transforms
      $0.parameterization = .fourier
    }
    func make() throws -> FeatureOptimization<Float> {
      FeatureOptimization(
        try network(), layer: 1, units: sets, settings: settings, random: random)
    }
    let whole = try make()
    #expect(whole.scores.allSatisfy { $0 == 0 })
    whole.run()
    let (first, second) = (try make(), try make())
    first.run(until: 18)
    try second.restore(stepCount: first.stepCount, state: first.state)
    #expect(second.scores == first.scores)
    second.run()
    #expect(second.stepCount == 24 && second.scores == whole.scores)
    #expect(second.images == whole.images && second.state == whole.state)

    var state = first.state
    state["adam.v.pixels"] = nil
    #expect(throws: OptimizerStateError.missing(name: "adam.v.pixels")) {
      try second.restore(stepCount: 18, state: state)
    }
    #expect(second.images == whole.images)
  }

  @Test func `an image does not depend on its batch`() throws {
    let settings = settings()
    let network = try network()
    let whole = FeatureOptimization(
      network, layer: 0, units: sets, settings: settings, random: random)
    whole.run()
    for (number, units) in sets.enumerated() {
      let alone = FeatureOptimization(
        network, layer: 0, units: [units], settings: settings, firstNumber: number, random: random)
      alone.run()
      #expect(abs(alone.scores[0] - whole.scores[number]) <= 1e-4 * whole.scores[number])
    }
  }

  @Test func `images excite their units more and more, and lie in 0 to 1`() throws {
    for parameterization in FeatureParameterization.allCases {
      let optimization = FeatureOptimization(
        try network(), layer: 1, units: sets,
        settings: settings {
          $0.parameterization = parameterization
          $0.transforms = .none
          $0.steps = 60
        }, random: random)
      optimization.step()
      let start = optimization.scores
      optimization.run()
      for (first, last) in zip(start, optimization.finalScores) { #expect(last > first) }
      #expect(optimization.images.shape == [3, 10, 10, 1])
      #expect(optimization.images.scalars.allSatisfy { $0 > 0 && $0 < 1 })
    }
  }

  @Test func `without chance the score repeats`() throws {
    let optimizations = try [1, 2].map { seed in
      FeatureOptimization(
        try network(), layer: 1, units: sets,
        settings: settings {
          $0.transforms = .none
          $0.initialDeviation = 0
        }, random: RandomSource(seed: UInt64(seed)))
    }
    optimizations.forEach { $0.run() }
    #expect(optimizations[0].scores == optimizations[1].scores)
  }

  @Test func `choices of a step follow from stream and step alone`() throws {
    let stream = random.stream("motions")
    #expect(FeatureTransforms.none.choice(step: 3, random: stream) == nil)
    var scales: Set<Double> = []
    var angles: Set<Double> = []
    for step in 0..<300 {
      let small = try #require(FeatureTransforms.small.choice(step: step, random: stream))
      let again = try #require(FeatureTransforms.small.choice(step: step, random: stream))
      #expect(small.offset == again.offset && small.scale == again.scale && small.degrees == 0)
      #expect((0...4).contains(small.offset.row) && (0...4).contains(small.offset.column))
      scales.insert(small.scale)
      let lucid = try #require(FeatureTransforms.lucid.choice(step: step, random: stream))
      #expect((0...8).contains(lucid.offset.row) && (0...4).contains(lucid.secondOffset.column))
      angles.insert(lucid.degrees)
    }
    #expect(scales == [0.9, 0.95, 1, 1.05, 1.1] && angles == Set((-10...10).map(Double.init)))
  }

  @Test func `a motion of nothing keeps images`() {
    let motion = ImageMotion(border: 0, reflects: true, jitter: 0)
    let x: Tensor<Float> = random.stream("x").uniform([2, 5, 6, 3])
    #expect(ImageTransform(motion, of: [5, 6, 3]).images(of: x) == x)
    var turned = motion
    turned.degrees = 180
    let result = ImageTransform<Float>(turned, of: [5, 6, 3]).images(of: x)
    for index in 0..<30 {
      #expect(abs(result[flat: index * 3] - x[flat: (29 - index) * 3]) < 1e-5)
    }
  }

  @Test func `parts of a layer become smaller with what is kept of an image`() throws {
    let large = try UnitLayers(.stacked(.vgg()))
    let parts = large.layers.indices.map {
      FeatureOptimization<Float>.imagesPerPart(large, layer: $0)
    }
    #expect(parts.allSatisfy { $0 >= 1 } && parts == parts.sorted(by: >))
  }
}
