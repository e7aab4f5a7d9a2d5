import Clusters
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

extension ClusterBaseSettings {
  /// Everything about a configuration of a study of one network's clusters.
  ///
  /// - Parameters:
  ///   - kind: the kind of the study.
  ///   - need: the examples without which there is nothing to study.
  ///   - bytes: memory that the study takes after the clustering, besides the weights.
  ///   - steps: those after the training and the evaluations, of every stage.
  ///   - run: trains, measures and records.
  /// - Throws: ``Failure`` (manifest invalid).
  func prepare(
    _ kind: some Kind, needing need: ExampleNeed = .none,
    memory bytes: (_ units: UnitLayers) throws -> Int = { _ in 0 },
    steps: (_ stage: String, _ units: UnitLayers) throws -> [RunStep],
    run: @escaping @Sendable (RunContext) throws -> Void
  ) throws -> any PreparedRun {
    try validate()
    let own = try ownNetwork()
    try validateData(own)
    let units = try units(own)
    try requireExamples(need, for: units)
    if clusters.graph.whole == .activations {
      try requireExamples(.examples(StageClustering.needOfExamples), for: units)
    }
    let outline = units.description.outline
    let memory = ClusterMemory(settings: self, units: units, after: try bytes(units))
    var study = PreparedStudy(
      steps: try trainingSteps(outline) + evaluationSteps(outline)
        + stages.flatMap { try steps($0, units) }, key: trainingKey,
      architecture: {
        outline.architecture(
          batch: network.source == .train ? training.batch : nil, maskBatch: nil,
          isMasked: { _ in false })
      },
      files: .init(key: filesKey(memory)) { context in
        try memory.check()
        guard let own else { return }
        _ = try own.imported()
        if data.isGiven { _ = try ownExamples(own, context) }
      },
      run: run,
      evaluationSet: { context in
        guard let test = try examples(units, of: own, context)?.test else {
          throw Failure(
            .usage, "the network takes no images of the task: there is no evaluation set")
        }
        return EvaluationSet(
          inputs: ["inputs": .float32(test.inputs(units, 0..<test.count))],
          targets: test.targets(0..<test.count).map(Int64.init), shape: [test.count],
          sets: ["test": [Bool](repeating: true, count: test.count)])
      },
      predict: { request in
        let network = UnitNetwork<Float>(units, random: RandomSource(seed: 0))
        return try kind.predict(
          with: network, inputShape: network.units.description.input, request)
      })
    study.supply = { try own?.imported() }
    return study
  }

  /// What memory and files of a run must fit.
  private func filesKey(_ memory: ClusterMemory) -> JSONValue {
    [
      "bytes": .number(memory.bytes),
      "network": OwnNetworkSection.schema.encode(network.file),
      "data": OwnDataSettings.schema.encode(data),
    ]
  }

  // MARK: Steps

  private func trainingSteps(_ outline: NetworkOutline) -> [RunStep] {
    guard network.source == .train else { return [] }
    let operations = outline.trainingOperations(batch: training.batch)
    let counts = [(StageName.trained, trainingSteps), (StageName.pruned, pruningSteps)]
    return counts.filter { stages.contains($0.0) }.map { stage, count in
      RunStep(stage, .training, count: count, operations: operations)
    }
  }

  private func evaluationSteps(_ outline: NetworkOutline) -> [RunStep] {
    let operations = Double(trainCount + testCount) * outline.forwardOperations
    return stages.map { .evaluation($0, operations: operations) }
  }

  /// The clustering of a stage.
  func clusteringStep(_ stage: String, _ units: UnitLayers) -> RunStep {
    RunStep(
      StageClustering.stepName(stage), .clustering, count: 1,
      operations: clusters.operations(units))
  }
}

extension ClusterSettings {
  /// Floating-point operations of a clustering, about: products with the blocks of the graph, and
  /// k-means.
  func operations(_ units: UnitLayers) -> Double {
    let vertices = vertices(units).reduce(0) { $0 + $1.count }
    let fits = Double(restarts ?? (vertices <= 2000 ? 25 : 100)) * 30
    let images = graph.whole == .activations ? Double(Self.mostImages) : 0
    return images * (units.description.outline.forwardOperations + Double(vertices * vertices))
      + 4 * 200 * Double(edges(units))
      + k.reduce(0) { $0 + fits * 2 * Double(vertices) * Double($1 * $1) }
  }

  /// The number of edges that the graph has, when no weight is 0.
  func edges(_ units: UnitLayers) -> Int {
    let groups = vertices(units).map(\.count)
    if graph.whole == .activations {
      let vertices = groups.reduce(0, +)
      return vertices * vertices / 2
    }
    return units.flow?.edgeCount
      ?? zip(groups, groups.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

extension Artefact {
  /// The partitions of the units.
  static let partitions = Artefact(
    "partitions.safetensors", format: PartitionFile.format,
    "`<stage>/<partition>/<layer>` (I64): the cluster of every unit, −1 for units without edges; inputs "
      + "and outputs of a feed-forward network included")
}

extension RunContext {
  /// Stores the partitions of some stages.
  func save(_ partitions: [PartitionFile.Name: [PartitionFile.Layer]]) throws {
    let file = PartitionFile(partitions: partitions)
    try save(.partitions, file.tensors, metadata: file.allMetadata)
  }
}
