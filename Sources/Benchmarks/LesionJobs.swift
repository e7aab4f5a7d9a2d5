import Clusters
import NeuralNetworks
import Tensors

extension Job {
  /// Lesions of random networks of the paper's sizes, with 21 lesions of a tenth of a layer for every
  /// sub-cluster.
  static let lesions = [
    Job(
      name: "lesions-mlp", summary: "588 lesions of a feed-forward network on 10,000 images"
    ) {
      work(
        { () throws(DescriptionError) in
          try .perceptron(input: [784], hidden: [256, 256, 256, 256], classes: 10)
        }, subClusters: 7)
    },
    Job(
      name: "lesions-cnn",
      summary: "756 lesions of three convolutions on 10,000 images"
    ) {
      work({ () throws(DescriptionError) in try .stacked(.small()) }, subClusters: 12)
    },
  ]

  private static let images = 10_000

  private static func work(
    _ describe: () throws(DescriptionError) -> NetworkDescription, subClusters: Int
  ) -> () -> Void {
    let random = UnitJobs(describe)
    let (source, units, network) = (random.source, random.units, random.network)
    let sets = random.sets(21 * subClusters, stream: "lesions")
    let lesions = sets.enumerated().flatMap { layer, sets in
      sets.map { Lesion(layer: layer, units: $0) }
    }
    let input = units.description.input
    let pixels: Tensor<Float> = source.stream("images").uniform(input.prepending(images))
    let targets = source.stream("classes").integers(images, below: 10)
    return {
      let engine = LesionEngine(network)
      var counts = LesionCounts(lesions: lesions.count, classes: 10)
      let size = LesionEngine.imagesPerPart(units)
      for start in stride(from: 0, to: images, by: size) {
        let part = start..<min(start + size, images)
        engine.count(pixels.rows(part), targets: targets[part], under: lesions, into: &counts)
      }
    }
  }
}
