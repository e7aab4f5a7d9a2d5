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
    let source = RandomSource(seed: 0)
    let units: UnitLayers
    do throws(DescriptionError) {
      units = try UnitLayers(describe())
    } catch {
      fatalError("\(error)")
    }
    let network = UnitNetwork<Float>(units, random: source)
    // A tenth of the units, each drawn by itself, as the peer does.
    let lesions = units.layers.enumerated().flatMap { layer, outline in
      (0..<(21 * subClusters)).map { number in
        let drawn = source.stream("lesions/\(layer)").integers(
          outline.width, below: 10, step: number)
        return Lesion(layer: layer, units: drawn.indices.filter { drawn[$0] == 0 })
      }
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
