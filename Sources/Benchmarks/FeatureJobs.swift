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
    let random = UnitJobs(describe)
    let (source, units, network) = (random.source, random.units, random.network)
    let settings = FeatureSettings()
    let sets = random.sets(subClusters * (1 + settings.controls), stream: "units")
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
