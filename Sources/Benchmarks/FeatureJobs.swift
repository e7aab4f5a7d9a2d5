import Clusters
import NeuralNetworks
import Tensors

extension Job {
  /// Pictures of features of random networks of the paper's sizes: one image of every sub-cluster and
  /// nine of random units, each of a tenth of a layer.
  static let features = [
    Job(
      name: "features-mlp",
      summary: "280 pictures of units of a large MLP, 257 steps"
    ) {
      pictures(
        { () throws(DescriptionError) in
          try .perceptron(input: [28, 28, 1], hidden: [256, 256, 256, 256], classes: 10)
        }, subClusters: 7)
    },
    Job(
      name: "features-cnn",
      summary: "360 pictures of channels of a small CNN, 257 steps"
    ) {
      pictures({ () throws(DescriptionError) in try .stacked(.small()) }, subClusters: 12)
    },
  ]

  private static func pictures(
    _ describe: () throws(DescriptionError) -> NetworkDescription, subClusters: Int
  ) -> () -> Void {
    let source = RandomSource(seed: 0)
    let units: UnitLayers
    do throws(DescriptionError) {
      units = try UnitLayers(describe())
    } catch {
      fatalError("\(error)")
    }
    let network = UnitNetwork<Float>(units, random: source)
    let settings = FeatureSettings()
    // A tenth of the units, each drawn by itself, as the peer does.
    let sets = units.layers.enumerated().map { layer, outline in
      (0..<(subClusters * (1 + settings.controls))).map { number in
        let drawn = source.stream("units/\(layer)").integers(
          outline.width, below: 10, step: number)
        return drawn.indices.filter { drawn[$0] == 0 }
      }
    }
    return {
      for (layer, sets) in sets.enumerated() {
        let size = FeatureOptimization<Float>.imagesPerPart(units, layer: layer)
        for start in stride(from: 0, to: sets.count, by: size) {
          FeatureOptimization(
            network, layer: layer, units: Array(sets[start..<min(start + size, sets.count)]),
            settings: settings, firstNumber: start, random: source
          ).run()
        }
      }
    }
  }
}
