import Clusters
import Foundation
import NeuralNetworks
import Statistics
import Tensors
import Testing

@Suite struct FeaturePictureTests {
  private func picture(
    score: Double = 0, entropy: Double = 0, mean: Double = 1, deviation: Double = 0
  ) -> FeaturePicture {
    FeaturePicture(
      units: [0], score: score, finalScore: score, entropy: entropy, activationMean: mean,
      activationDeviation: deviation)
  }

  @Test func `entropy is in nats and bears large logits`() {
    #expect(abs(FeaturePicture.entropy(ofLogits: [3, 3, 3, 3]) - log(4)) < 1e-15)
    #expect(FeaturePicture.entropy(ofLogits: [1e4, 0, -1e4]) == 0)
    // p = (¾, ¼).
    let expected = -0.75 * log(0.75) - 0.25 * log(0.25)
    #expect(abs(FeaturePicture.entropy(ofLogits: [log(3), 0]) - expected) < 1e-15)
  }

  /// Units with weight on one pixel each: the final image is white where weights are positive, and
  /// everything that is measured follows from it.
  @Test func `what is measured is what the image does`() throws {
    let units = try UnitLayers(.perceptron(input: [2, 2, 1], hidden: [4], classes: 2))
    var weight = Tensor<Float>(zeros: [4, 4])
    for unit in 0..<4 { weight[unit, unit] = Float(unit + 1) }
    let network = try UnitNetwork<Float>(
      units,
      tensors: [
        "layers.0.weight": weight, "layers.0.bias": Tensor(zeros: [4]),
        "layers.1.weight": Tensor([1, 1, 1, 1, 0, 0, 0, 0], shape: [2, 4]),
        "layers.1.bias": Tensor(zeros: [2]),
      ])
    var settings = FeatureSettings()
    settings.transforms = .none
    settings.steps = 400
    let sets = [[0, 1, 2, 3], [2]]
    let optimization = FeatureOptimization(
      network, layer: 0, units: sets, settings: settings, random: RandomSource(seed: 1))
    optimization.run()
    let pictures = FeaturePicture.all(optimization, units: sets)
    let images = optimization.images
    for (index, picture) in pictures.enumerated() {
      let outputs = (0..<4).map { Double($0 + 1) * Double(images[flat: 4 * index + $0]) }
      let own = sets[index].map { outputs[$0] }
      let mean = own.reduce(0, +) / Double(own.count)
      let variance = own.reduce(0) { $0 + pow($1 - mean, 2) } / Double(own.count)
      #expect(abs(picture.finalScore - own.reduce(0, +)) < 1e-5)
      #expect(abs(picture.activationMean - mean) < 1e-5)
      #expect(abs(picture.activationDeviation - variance.squareRoot()) < 1e-5)
      let entropy = FeaturePicture.entropy(ofLogits: [outputs.reduce(0, +), 0])
      #expect(abs(picture.entropy - entropy) < 1e-5)
      #expect(picture.score <= picture.finalScore)
    }
    #expect(pictures[0].finalScore > 9.9 && abs(pictures[0].variation - sqrt(1.25) / 2.5) < 0.01)
    #expect(pictures[1].finalScore > 2.9 && pictures[1].variation == 0)
  }

  @Test func `the map of a channel is one activation`() throws {
    var stack = ConvolutionStack(input: [6, 6, 1], channels: [3])
    stack.classes = 2
    let network = UnitNetwork<Float>(
      try UnitLayers(.stacked(stack)), random: RandomSource(seed: 4))
    var settings = FeatureSettings()
    settings.steps = 3
    let optimization = FeatureOptimization(
      network, layer: 0, units: [[1]], settings: settings, random: RandomSource(seed: 1))
    optimization.run()
    let picture = try #require(FeaturePicture.all(optimization, units: [[1]]).first)
    // The sum over 36 pixels against their mean.
    #expect(abs(picture.activationMean - 36 * picture.finalScore) < 1e-3)
  }

  @Test func `large scores, small entropies and small deviations are extreme`() {
    let subCluster = SubCluster(
      layer: 0, layerName: "layers.0", cluster: 2, units: [0], layerUnits: 8, liveUnits: 6)
    let features = SubClusterFeatures(
      subCluster, own: picture(score: 5, entropy: 0.1, mean: 2, deviation: 3),
      controls: [
        picture(score: 4, entropy: 0.2, deviation: 2),
        picture(score: 6, entropy: 0.3, deviation: 4),
        picture(score: 1, entropy: 0.4, deviation: 1),
      ])
    let ranks = FeatureQuantity.allCases.map {
      features[$0].rank(.reference, uniform: 0)
    }
    #expect(ranks == [1, 0, 2])
    #expect(features.own.variation == 1.5)
  }

  @Test func `quartiles leave out what has no variation`() throws {
    let subCluster = SubCluster(
      layer: 0, layerName: "layers.0", cluster: 0, units: [0], layerUnits: 8, liveUnits: 8)
    let deviations = [0.5, 1, 2, 4]
    let features =
      deviations.map { SubClusterFeatures(subCluster, own: picture(deviation: $0), controls: []) }
      + [SubClusterFeatures(subCluster, own: picture(mean: 0), controls: [])]
    let quartiles = try #require(SubClusterFeatures.variationQuartiles(features))
    // numpy.percentile([.5, 1, 2, 4], [25, 50, 75]).
    #expect([quartiles.q1, quartiles.median, quartiles.q3] == [0.875, 1.5, 2.5])
    #expect(SubClusterFeatures.variationQuartiles([]) == nil)
  }

  @Test func `sub-clusters of four units and less than four fifths have pictures`() {
    let labels = [[0, 0, 0, 0, 1, 1, 1, -1, -1, -1], [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]]
    let partition = UnitPartition(layers: ["layers.0", "layers.1"], labels: labels)
    let chosen = partition.featureSubClusters(FeatureSettings())
    #expect(chosen.map(\.id) == ["1-0"])
    let draws = chosen[0].randomUnits(
      count: 200, random: RandomSource(seed: 2).stream("controls"))
    #expect(draws.allSatisfy { Set($0).count == 4 && $0 == $0.sorted() })
    // Units without edges are drawn as well.
    #expect(Set(draws.joined()) == Set(0..<10))
  }
}
