import Clusters
import Datasets
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

/// Makes the pictures of the sub-clusters of a network in one of its stages, and records what they
/// look like.
struct StagePictures {
  let settings: PictureSection
  let network: UnitNetwork<Float>
  /// The test images.
  let images: ImageSet
  /// Examples of a training step: as many whole batches of images are taken as there are.
  let batch: Int
  /// Whether two images lie in two channels; otherwise the sides of a picture are left and right.
  let isStack: Bool
  let stage: String
  let context: RunContext

  /// Name of the step that makes the pictures of a stage.
  static func stepName(_ stage: String) -> String { "pictures-\(stage)" }

  /// Pictures of all sub-clusters of all partitions that are large enough.
  ///
  /// - Returns: the tensors for the file of pictures.
  func make(
    _ partitions: [PartitionFile.Name: [PartitionFile.Layer]]
  ) throws -> [String: StoredTensor] {
    try context.evaluateKeepingResult(Self.stepName(stage)) {
      let count = images.count < batch ? images.count : images.count / batch * batch
      let pixels = StandardizedRanks(columns: images.vectors(0..<count))
      let outputs = try UnitActivations(
        network: network, examples: images, mapNorm: settings.mapNorm, context: context
      ).values(.behindActivation, count: count)
      var result: [String: StoredTensor] = [:]
      var comparisons: [PartitionFile.Name: PictureComparison] = [:]
      for (layer, outputs) in zip(network.units.layers, outputs) {
        try context.checkCancellation()
        let maps = StandardizedRanks(columns: outputs).correlations(with: pixels)
        for (name, layers) in partitions {
          guard let labels = layers.first(where: { $0.name == layer.name })?.labels else {
            fatalError("a partition without \(layer.name)")
          }
          let pictures = SubClusterPictures.all(
            maps: maps, labels: labels, settings: settings.settings, random: context.random,
            name: "pictures/\(name.text)/\(layer.name)")
          var comparison = PictureComparison()
          for picture in pictures {
            record(picture, name, layer.name, in: &comparison)
            add(picture, "\(name.text)/\(layer.name)", units: layer.width, to: &result)
          }
          comparison.record([stage, name.partition, layer.name], in: context)
          comparisons[name, default: PictureComparison()].add(comparison)
        }
      }
      for (name, comparison) in comparisons {
        comparison.record([stage, name.partition, "all"], in: context)
      }
      return result
    }
  }

  // MARK: Results

  private func record(
    _ pictures: SubClusterPictures, _ name: PartitionFile.Name, _ layer: String,
    in comparison: inout PictureComparison
  ) {
    let all = [pictures.own] + pictures.controls
    let shares = all.map(leftShare)
    for (draw, (picture, share)) in zip(all, shares).enumerated() {
      let keys = [
        stage, name.partition, layer, String(pictures.cluster), draw == 0 ? "true" : "random",
        String(draw),
      ]
      func record(_ metric: String, _ value: Double) {
        context.record(.correlationPicture, keys, metric, value)
      }
      record("n_units", Double(picture.members.count))
      record("contrast", picture.contrast)
      record("mean_abs_cosine", picture.meanAbsoluteCosine)
      record("aligned_cosine", picture.alignedCosine)
      record("left_share", share)
    }
    comparison.add(all, shares)
  }

  /// The share of one side, or of the first channel.
  private func leftShare(_ picture: CorrelationPicture) -> Double {
    let (plane, width) = (images.extents.height * images.extents.width, images.extents.width)
    return picture.share { pixel in
      isStack ? pixel < plane : 2 * (pixel % width) < width
    }
  }

  private func add(
    _ pictures: SubClusterPictures, _ prefix: String, units: Int,
    to tensors: inout [String: StoredTensor]
  ) {
    let all = [pictures.own] + pictures.controls
    let name = "\(prefix)/\(pictures.cluster)"
    tensors[name] = .float32(
      Tensor(
        all.flatMap { $0.pixels.map { Float($0) } },
        shape: [
          all.count, images.extents.channels, images.extents.height, images.extents.width,
        ]))
    var members = [UInt8](repeating: 0, count: all.count * units)
    for (draw, picture) in all.enumerated() {
      for unit in picture.members { members[draw * units + unit] = 1 }
    }
    tensors["\(name)/members"] = .uint8(members, [all.count, units])
  }
}

/// Means of the pictures of sub-clusters and of their controls.
struct PictureComparison {
  /// Values of the sub-clusters and of their controls, by quantity.
  private var values: [String: (own: [Double], random: [Double])] = [:]
  private var count = 0

  /// Adds a sub-cluster's picture, the first, and its controls.
  mutating func add(_ pictures: [CorrelationPicture], _ shares: [Double]) {
    count += 1
    add("contrast", pictures.map(\.contrast))
    add("mean_abs_cosine", pictures.map(\.meanAbsoluteCosine))
    add("one_sidedness", shares.map { CorrelationPicture.oneSidedness(ofShare: $0) })
  }

  private mutating func add(_ quantity: String, _ found: [Double]) {
    values[quantity, default: ([], [])].own += found.prefix(1)
    values[quantity, default: ([], [])].random += found.dropFirst()
  }

  /// Adds those of another layer.
  mutating func add(_ other: PictureComparison) {
    count += other.count
    for (quantity, found) in other.values {
      values[quantity, default: ([], [])].own += found.own
      values[quantity, default: ([], [])].random += found.random
    }
  }

  /// Records the means; without sub-clusters only that there are none.
  func record(_ keys: [String], in context: RunContext) {
    for quantity in ["contrast", "mean_abs_cosine", "one_sidedness"] {
      func record(_ metric: String, _ value: Double) {
        context.record(.pictureContrast, keys + [quantity], metric, value)
      }
      if let (own, random) = values[quantity] {
        record("true_mean", own.reduce(0, +) / Double(own.count))
        record("random_mean", random.reduce(0, +) / Double(random.count))
      }
      record("n_sub_clusters", Double(count))
    }
  }
}
