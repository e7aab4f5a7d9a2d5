import Clusters
import Datasets
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

/// Everything a manifest can say about the coherence of sub-clusters.
struct ClusterCoherenceSettings: Settings {
  var base = ClusterBaseSettings()
  var features = FeatureSection()

  static let schema = Schema<ClusterCoherenceSettings>(
    Field.all(of: \.base) + [
      .section("features", \.features, "how the pictures of what sub-clusters look for are made")
    ])
}

/// Does one image excite a whole sub-cluster, and is the network sure of it?
///
/// For every sub-cluster of the network's last stage, and for as many random units of its layer, the image
/// is found that excites them most. Beside every partition stands one with the same labels permuted inside
/// each layer, `shuffled-<partition>`: whatever is found there is found by chance. Expectation: an image
/// excites a sub-cluster more than random units, since its units look for the same. Hod, Filan, Casper,
/// Critch, Russell: Quantifying local specialization in deep neural networks, 2021, section 3.1.2, tables
/// 1a, 2 and 6, figure 5.
struct ClusterCoherence: Kind {
  typealias Configuration = ClusterCoherenceSettings

  let name = "cluster-coherence"
  let summary = "Does one image excite a whole sub-cluster, and is the network sure of it?"
  let section = ""
  let version = 1
  let tables: [Table] = [
    .accuracy, .sparsity, .partition, .clusterSizes, .ncut, .eigenvalues, .featurePicture,
    .subClusterP, .clusterTest, .cov,
  ]
  let artefacts: [Artefact] = [.weights, .trainedWeights, .partitions, .features]

  func prepare(_ c: Configuration) throws -> any PreparedRun {
    try c.base.prepare(
      self, memory: { FeatureOptimization<Float>.memory(try c.pictured($0)) }
    ) { stage, units in
      guard stage == c.base.stages.last else { return [] }
      return [c.base.clusteringStep(stage, units)] + c.featureSteps(stage, try c.pictured(units))
    } run: { context in
      let network = try c.base.stagedNetwork(context)
      try network.measure()
      guard let (stage, tensors) = network.stages.last else { return }
      let features = StageFeatures(
        settings: c.features.settings(mapNorm: c.base.clusters.mapNorm),
        network: network.network(tensors, units: try c.pictured(network.units)), stage: stage,
        context: context)
      var partitions = try StageClustering(
        settings: c.base.clusters, network: network, stage: stage
      ).partition(tensors)
      var plans: [StageFeatures.Plan] = []
      for (name, partition) in context.withShuffledLabels(partitions, of: network.units) {
        if name.isShuffled { partitions[name] = partition.fileLayers }
        plans.append(try features.plan(name, partition))
      }
      var images: [String: StoredTensor] = [:]
      for (plan, found) in zip(plans, try features.make(plans)) {
        let records = FeatureRecords(
          plan: plan, found: found, controls: c.features.controls, context: context)
        records.record()
        records.add(to: &images)
      }
      try network.save()
      try context.save(partitions)
      try context.save(.features, images)
    }
  }
}

extension ClusterCoherenceSettings {
  /// The loops over the steps of Adam, one for each layer of each partition.
  fileprivate func featureSteps(_ stage: String, _ units: UnitLayers) -> [RunStep] {
    let names = base.clusters.k.map {
      PartitionFile.Name(stage: stage, partition: base.clusters.partition($0))
    }.sorted().flatMap { [$0, $0.shuffled] }
    let images = Double(1 + features.controls) * base.clusters.subClusterEstimate(units)
    let perLayer = images / Double(base.clusters.k.count * units.layers.count)
    return names.flatMap { name in
      units.layers.enumerated().map { number, layer in
        // Forward, and backward for the inputs alone.
        RunStep(
          StageFeatures.phase(name, layer.name), .pictures, count: features.steps,
          operations: perLayer * 2 * units.forwardOperations(through: number))
      }
    }
  }

  /// The network as one that takes the images which are made.
  ///
  /// - Throws: ``Failure`` (manifest invalid) when it takes no images, or none of the size.
  fileprivate func pictured(_ units: UnitLayers) throws -> UnitLayers {
    guard units.description.input.rank == 3 else { return try takingVectors(units) }
    guard let side = features.side,
      [side, side] != Array(units.description.input.dimensions.prefix(2))
    else {
      return units
    }
    do throws(DescriptionError) {
      return try units.resized(to: side)
    } catch {
      if let other = try known(side, units) { return other }
      throw Failure(
        .manifestInvalid, "features.side: the network takes no images of \(side)×\(side)",
        why: "\(error)", help: "leave out 'side'")
    }
  }

  /// A network of torchvision that has other layers for other images.
  private func known(_ side: Int, _ units: UnitLayers) throws -> UnitLayers? {
    let file = base.network.file
    guard base.network.source == .file,
      let name = try file.architecture ?? base.ownNetwork()?.knownName
    else { return nil }
    return try UnitLayers(
      KnownArchitecture.description(
        name, input: [3, side, side], classes: units.description.outline.output.count))
  }

  private func takingVectors(_ units: UnitLayers) throws -> UnitLayers {
    let extents = base.task.extents
    if let side = features.side {
      throw Failure(
        .manifestInvalid, "features.side: \(side) with a network of vectors",
        why: "it takes the pixels of images of \(extents.height)×\(extents.width)",
        help: "leave out 'side'")
    }
    do {
      return try units.takingImages([extents.height, extents.width, extents.channels])
    } catch {
      throw Failure(
        .manifestInvalid, "the network of 'network.weights' takes no images of the task",
        why: "\(error)", help: "set task.set and task.channels to what it was trained on")
    }
  }
}
