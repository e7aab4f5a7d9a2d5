import Clusters
import CommandLine
import NetworkFiles
import NeuralNetworks
import Runner
import Statistics
import Store
import Tensors

/// `modlab cluster ncut`, `shuffle`, `compare` and `info`.
enum ClusterMeasures {
  // MARK: - Normalised cut

  @Sendable static func normalizedCut(_ invocation: Invocation) throws -> ExitCode {
    let selection = try PartitionSelection(invocation.arguments.operands[1])
    let options = try ClusterOptions(invocation, partitions: selection.file.metadata)
    var table = TextTable([
      ("partition", .left), ("clusters", .right), ("vertices", .right), ("isolated", .right),
      ("n-cut", .right),
    ])
    for name in selection.names {
      let layers = selection.layers(name)
      let (cut, isolated) = try cut(of: layers, options, selection.file.path)
      let clusters = Set(layers.flatMap(\.labels).filter { $0 >= 0 }).count
      let vertices = layers.reduce(0) { $0 + $1.labels.count } - isolated
      table.add([
        name.text, String(clusters), String(vertices), String(isolated), ShortNumber.text(cut),
      ])
      try invocation.console.record(
        ClusterVerb.schema,
        [
          "stage": .string(name.stage), "partition": .string(name.partition),
          "n_clusters": .integer(clusters), "n_vertices": .integer(vertices),
          "n_isolated": .integer(isolated), "ncut": .number(cut),
        ])
    }
    try invocation.console.result(table.rendered())
    return .success
  }

  /// The normalised cut of the vertices that have edges, and how many have none.
  private static func cut(
    of layers: [PartitionFile.Layer], _ options: ClusterOptions, _ path: String
  ) throws -> (cut: Double, isolated: Int) {
    var settings = options.settings
    settings.hasInputs = layers.first?.name == UnitLayers.inputsName
    let units = options.network.units
    try PartitionSelection.check(
      layers, path, against: units.vertices(hasInputs: settings.hasInputs),
      of: options.network.path)
    let graph = WeightGraph(units, tensors: options.network.tensors, settings: settings)
    let degrees = graph.degrees
    let labels = layers.flatMap(\.labels)
    if let vertex = labels.indices.first(where: { labels[$0] == -1 && degrees[$0] > 0 }) {
      var unit = vertex
      let layer = layers.first {
        if unit < $0.labels.count { return true }
        unit -= $0.labels.count
        return false
      }
      throw Failure(
        .corrupt, "\(path) holds a partition of another network than \(options.network.path)",
        why: "unit \(unit) of '\(layer?.name ?? "")' has edges, but no cluster")
    }
    let isKept = degrees.map { $0 > 0 }
    let kept = zip(labels, isKept).filter(\.1).map(\.0)
    return (
      graph.keeping(isKept).normalizedCut(kept), isKept.count { !$0 }
    )
  }

  // MARK: - Shuffles

  @Sendable static func shuffle(_ invocation: Invocation) throws -> ExitCode {
    let (arguments, console) = (invocation.arguments, invocation.console)
    let options = try ClusterOptions(invocation)
    let numbers = try options.numbers
    let samples = try arguments.requiredInteger("samples", in: 1...1_000_000)
    let method: WeightShuffle = try ClusterOptions.choice("method", arguments)
    let (assignment, restarts, random) = try (
      options.assignment, options.restarts, options.random
    )
    try LinearAlgebra.load()
    var table = TextTable([
      ("k", .right), ("n-cut", .right), ("shuffled mean", .right), ("std", .right), ("z", .right),
      ("p", .right),
    ])
    for number in numbers {
      let result = try ClusterOptions.explaining {
        let clustering = try SpectralClustering(
          options.graph, clusters: [number], random: random, name: ClusterOptions.streamName)
        let own = clustering.partition(into: number, by: assignment, restarts: restarts)
        return Clusterability(
          normalizedCut: own.normalizedCut,
          shuffled: try (0..<samples).map { sample in
            try Clusterability.normalizedCut(
              of: clustering.graph, method, sample: sample, clusters: number,
              assignment: assignment, restarts: restarts, random: random, name: "shuffles")
          })
      }
      table.add(
        [String(number)]
          + [
            result.normalizedCut, result.mean, result.standardDeviation, result.z, result.p,
          ].map(ShortNumber.text))
      try console.record(
        ClusterVerb.schema,
        [
          "partition": .string("weights-k\(number)"), "k": .integer(number),
          "shuffle": .string(method.rawValue), "n_samples": .integer(samples),
          "ncut": .number(result.normalizedCut), "shuffled_mean": .number(result.mean),
          "shuffled_std": .number(result.standardDeviation), "z": .number(result.z),
          "p": .number(result.p), "samples": .array(result.shuffled.map { .number($0) }),
        ])
    }
    try console.result(table.rendered())
    return .success
  }

  // MARK: - Comparison

  @Sendable static func compare(_ invocation: Invocation) throws -> ExitCode {
    let a = try PartitionSelection(invocation.arguments.operands[0])
    let b = try PartitionSelection(invocation.arguments.operands[1])
    var table = TextTable([
      ("partition_a", .left), ("partition_b", .left), ("layer", .left), ("units", .right),
      ("ari", .right), ("nmi", .right),
    ])
    for pair in try PartitionSelection.pairs(a, b) {
      let (x, y) = (a.layers(pair.0), b.layers(pair.1))
      try PartitionSelection.check(
        x, a.file.path, against: y.map { ($0.name, $0.labels.count) }, of: b.file.path)
      var rows = zip(x, y).map { ($0.name, $0.labels, $1.labels) }
      rows.append(("all", x.flatMap(\.labels), y.flatMap(\.labels)))
      for (layer, first, second) in rows {
        // Units without edges are in no cluster.
        let both = zip(first, second).filter { $0 >= 0 && $1 >= 0 }
        let agreement = PartitionAgreement(both.map(\.0), both.map(\.1))
        let (ari, nmi) = (agreement.adjustedRandIndex, agreement.normalizedMutualInformation)
        table.add([
          pair.0.text, pair.1.text, layer, String(both.count), ShortNumber.text(ari),
          ShortNumber.text(nmi),
        ])
        try invocation.console.record(
          ClusterVerb.schema,
          [
            "partition_a": .string(pair.0.text), "partition_b": .string(pair.1.text),
            "layer": .string(layer), "n_units": .integer(both.count),
            "adjusted_rand_index": .number(ari), "normalized_mutual_information": .number(nmi),
          ])
      }
    }
    try invocation.console.result(table.rendered())
    return .success
  }

  // MARK: - Information

  @Sendable static func info(_ invocation: Invocation) throws -> ExitCode {
    let selection = try PartitionSelection(invocation.arguments.operands[0])
    var table = TextTable([
      ("partition", .left), ("layer", .left), ("units", .right), ("isolated", .right),
      ("sizes of the clusters", .left),
    ])
    for name in selection.names {
      for layer in selection.layers(name) {
        let sizes = layer.labels.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let clusters = sizes.filter { $0.key >= 0 }.sorted { $0.key < $1.key }
        let isolated = sizes[-1] ?? 0
        table.add([
          name.text, layer.name, String(layer.labels.count), String(isolated),
          clusters.map { "\($0.key):\($0.value)" }.joined(separator: " "),
        ])
        try invocation.console.record(
          ClusterVerb.schema,
          [
            "stage": .string(name.stage), "partition": .string(name.partition),
            "layer": .string(layer.name), "n_units": .integer(layer.labels.count),
            "n_isolated": .integer(isolated), "n_clusters": .integer(clusters.count),
            "sizes": .object(
              Dictionary(
                uniqueKeysWithValues: clusters.map { (String($0.key), .integer($0.value)) }
              )),
          ])
      }
    }
    let metadata = selection.file.metadata.sorted { $0.key < $1.key }
    var texts = TextTable([("metadata", .left), ("value", .left)])
    for (key, value) in metadata { texts.add([key, value]) }
    try invocation.console.result(table.rendered() + "\n" + texts.rendered())
    try invocation.console.record(
      ClusterVerb.schema,
      [
        "file": .string(selection.file.path),
        "metadata": .object(
          Dictionary(uniqueKeysWithValues: metadata.map { ($0.key, .string($0.value)) })),
      ])
    return .success
  }
}
