import Clusters
import CommandLine
import Store

/// `modlab cluster`: partitions of the units of a network.
enum ClusterVerb {
  static let schema = "modlab-cluster-1"

  static let verb = Verb(
    "cluster", "partition the units of a network, and compare partitions",
    discussion: """
      WEIGHTS is a safetensors file of a feed-forward or convolutional network that says in its
      metadata which network it holds, as the files of cluster experiments do; feed-forward networks
      of other experiments of modlab need not say it. For files of other origin give --architecture.
      A network that PyTorch has exported (.pt2) says itself what it is.
      FILE selects all partitions of a file, FILE:PARTITION one of them. docs/clusters.md describes
      the method.
      """,
    examples: [
      Example(
        "modlab cluster labels weights.safetensors --k 8,12,18 -o partitions.safetensors",
        "partition the units of a network into 8, 12 and 18 clusters"),
      Example(
        "modlab cluster labels model.pt2 --k 8 -o partitions.safetensors",
        "partition the filters of a network that PyTorch has exported"),
      Example(
        "modlab cluster shuffle weights.safetensors --k 12",
        "compare the clusters of a network with those of its shuffled weights"),
      Example(
        "modlab cluster compare p.safetensors:weights-k8 p.safetensors:weights-k12",
        "compare two partitions"),
    ],
    verbs: [
      Verb(
        "labels", "partition the units of a network by spectral clustering of its weights",
        operand: weights,
        options: [
          output, graphKind,
        ] + ClusterOptions.clustering + ClusterOptions.graph, action: ClusterLabels.perform),
      Verb(
        "ncut", "compute the normalised cut of partitions of a network",
        discussion: """
          --kernel-norm and --batch-norm are those that FILE says its partitions were made with, unless
          they are given.
          """,
        operand: Operand(
          "WEIGHTS FILE[:PARTITION]", .inOrder(2), completion: .files(["safetensors", "pt2"]),
          "the weights of a network, and partitions of its units"),
        options: [
          ClusterOptions.kernelNorm, ClusterOptions.batchNorm, ClusterOptions.architecture,
        ], action: ClusterMeasures.normalizedCut),
      Verb(
        "shuffle", "compare the normalised cut of a network with those of its shuffled weights",
        discussion: """
          The weights of each layer are shuffled as --method says, and the result is clustered as the
          network is: layer, layer-nonzero (the network keeps which edges it has),
          layer-nonzero-distribution (they are drawn anew from their distribution) or
          layer-all-distribution (both). z is how many standard deviations of the shuffles the network lies below their
          mean (negative: more clusterable), p the share of shuffles that are as clusterable.
          """,
        operand: weights,
        options: [method, samples] + ClusterOptions.clustering + ClusterOptions.graph,
        action: ClusterMeasures.shuffle),
      Verb(
        "compare", "compute how far partitions agree, layer by layer",
        operand: partitions(.exactly(2)), action: ClusterMeasures.compare),
      Verb(
        "info", "list the partitions of a file", operand: partitions(.exactly(1)),
        action: ClusterMeasures.info),
    ])

  private static let weights = Operand(
    "WEIGHTS", .exactly(1), completion: .files(["safetensors", "pt2"]), "the weights of a network")
  private static func partitions(_ count: Operand.Count) -> Operand {
    Operand(
      "FILE[:PARTITION]", count, completion: .files(["safetensors"]),
      "a file of partitions, or one of them")
  }
  private static let output = Option(
    "output", short: "o", .text(placeholder: "FILE", completion: .files(["safetensors"])),
    isRequired: true, "the file to write the partitions to")
  private static let graphKind = Option(
    "graph", .choice(["weights", "local-weights"]), default: "weights",
    "cluster the whole network at once, or every layer by the weights beside it")
  private static let method = Option(
    "method",
    .text(placeholder: "METHOD", completion: .words(WeightShuffle.allCases.map(\.rawValue))),
    default: WeightShuffle.layer.rawValue,
    "how weights are shuffled")
  private static let samples = Option(
    "samples", .text(placeholder: "N", completion: .none), default: "50", "number of shuffles")
}
