import Clusters
import CommandLine
import NetworkFiles
import Runner
import Store
import Tensors

/// `modlab cluster labels`: partitions of a network's units.
enum ClusterLabels {
  /// Weights of other origin, and those that a user gives, have no stage of their own.
  private static let stage = "imported"

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let (arguments, console) = (invocation.arguments, invocation.console)
    let options = try ClusterOptions(invocation)
    let numbers = try options.numbers
    let isLocal = arguments.required("graph") == "local-weights"
    try LinearAlgebra.load()
    let (assignment, restarts, random) = try (
      options.assignment, options.restarts, options.random
    )
    let graph = options.graph
    let clustering = try ClusterOptions.explaining {
      try SpectralClustering(
        graph, clusters: numbers, random: random, name: ClusterOptions.streamName)
    }
    warn(clustering.componentSizes, console)

    var file = PartitionFile(metadata: options.metadata)
    for number in numbers {
      let found = clustering.partition(
        into: number, by: assignment, restarts: restarts, measuresStability: true)
      if found.clusterCount < number {
        console.warning(
          "the eigenvectors tell only \(found.clusterCount) groups of units apart: there are fewer "
            + "than \(number) clusters")
      }
      let labels =
        isLocal
        ? try ClusterOptions.explaining {
          try LocalClustering.labels(
            of: graph, guidedBy: found.labels, by: assignment, restarts: restarts, random: random,
            name: "clusters/\(stage)/local-weights-k\(number)")
        } : found.labels
      let layers = zip(graph.groups, labels).map {
        PartitionFile.Layer(name: $0.layer, labels: $1)
      }
      let name = PartitionFile.Name(
        stage: stage, partition: "\(arguments.required("graph"))-k\(number)")
      file.partitions[name] = layers
      try console.result(
        "\(name.partition)\n" + table(layers).rendered() + "\n"
          + (isLocal ? "" : summary(found, clustering, number) + "\n"))
      try record(name.partition, layers, isLocal ? nil : found, clustering, number, console)
    }
    let path = arguments.required("output")
    try file.write(to: path)
    try console.result(
      "\(path): \(numbers.count == 1 ? "one partition" : "\(numbers.count) partitions")\n")
    return .success
  }

  private static func warn(_ sizes: [Int], _ console: Console) {
    guard sizes.count > 1 else { return }
    let shown = sizes.prefix(8).map(String.init).joined(separator: ", ")
    console.warning(
      "the graph has \(sizes.count) components, of \(shown)\(sizes.count > 8 ? ", …" : "") units: "
        + "as many eigenvalues are 0")
  }

  // MARK: - Output

  private static func table(_ layers: [PartitionFile.Layer]) -> TextTable {
    var table = TextTable([
      ("layer", .left), ("units", .right), ("isolated", .right), ("clusters", .right),
    ])
    for layer in layers {
      table.add([layer.name] + layer.counts.map { String($0) })
    }
    return table
  }

  private static func summary(
    _ found: SpectralClustering.Partition, _ clustering: SpectralClustering, _ number: Int
  ) -> String {
    var table = TextTable([("quantity", .left), ("value", .left)])
    let values = clustering.eigenvalues(for: number).prefix(number + 2).map(ShortNumber.text)
    let rows: [(String, String)] = [
      ("n-cut", ShortNumber.text(found.normalizedCut)),
      ("eigenvalues", values.joined(separator: " ")),
      ("eigengap", found.eigengap.map(ShortNumber.text) ?? ""),
      ("inertia", ShortNumber.text(found.inertia)),
      ("agreement of restarts", found.stability.map(ShortNumber.text) ?? ""),
      ("components", String(clustering.componentSizes.count)),
    ]
    for (name, value) in rows { table.add([name, value]) }
    return table.rendered()
  }

  private static func record(
    _ name: String, _ layers: [PartitionFile.Layer], _ found: SpectralClustering.Partition?,
    _ clustering: SpectralClustering, _ number: Int, _ console: Console
  ) throws {
    func optional(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    var members: [String: JSONValue] = [
      "stage": .string(stage), "partition": .string(name), "k": .integer(number),
      "n_vertices": .integer(clustering.graph.vertexCount),
      "n_isolated": .integer(clustering.isolatedCount),
      "n_components": .integer(clustering.componentSizes.count),
      "eigenvalues": .array(
        clustering.eigenvalues(for: number).prefix(number + 2).map { .number($0) }),
    ]
    if let result = found {
      members["ncut"] = .number(result.normalizedCut)
      members["ave_in_out"] = optional(result.averageInOut)
      members["inertia"] = .number(result.inertia)
      members["eigengap"] = optional(result.eigengap)
      members["ari_restarts"] = optional(result.stability)
    }
    try console.record(ClusterVerb.schema, members)
    for layer in layers {
      let counts = layer.counts
      try console.record(
        ClusterVerb.schema,
        [
          "stage": .string(stage), "partition": .string(name), "layer": .string(layer.name),
          "n_units": .integer(counts[0]), "n_isolated": .integer(counts[1]),
          "n_clusters": .integer(counts[2]),
        ])
    }
  }
}

extension PartitionFile.Layer {
  /// Units, units without edges, clusters.
  var counts: [Int] {
    [labels.count, labels.count { $0 == -1 }, Set(labels.filter { $0 >= 0 }).count]
  }
}
