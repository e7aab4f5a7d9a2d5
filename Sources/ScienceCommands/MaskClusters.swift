import Clusters
import CommandLine
import Masks
import NetworkFiles
import Runner
import Store
import Tensors

/// `modlab mask clusters`: do the masks of tasks respect the clusters of units?
enum MaskClusters {
  static let verb = Verb(
    "clusters", "compare the units that masks keep with clusters of units",
    discussion: """
      A unit counts as kept when the mask keeps at least one of its incoming weights. For every stage
      of the masks and every layer, prints the mutual information of being kept and of the cluster in
      nats, the same divided by the mean of both entropies, and the mean over permuted labels: what
      chance alone gives. Units without a cluster do not count.
      """,
    examples: [
      Example(
        "modlab mask clusters masks.safetensors partitions.safetensors:pruned/weights-k12",
        "compare the masks of all stages with one partition")
    ],
    operand: Operand(
      "FILE", .exactly(2), completion: .files(["safetensors"]),
      "a mask file, FILE or FILE:STAGE, and a file of partitions, FILE or FILE:PARTITION"),
    options: [
      Option(
        "samples", .text(placeholder: "N", completion: .none), default: "1000",
        "permutations of the labels"),
      Option(
        "seed", .text(placeholder: "S", completion: .none), default: "0",
        "which permutations"),
    ],
    action: perform)

  private static let schema = "modlab-mask-clusters-1"

  @Sendable private static func perform(_ invocation: Invocation) throws -> ExitCode {
    let arguments = invocation.arguments
    let masks = try MaskSelection(arguments.operands[0])
    let partitions = try PartitionSelection(arguments.operands[1])
    let samples = try arguments.requiredInteger("samples", in: 1...1_000_000)
    let random = RandomSource(
      seed: UInt64(try arguments.requiredInteger("seed", in: 0...Int(Int32.max))))
    var table = TextTable(
      [("stage", .left), ("partition", .left), ("layer", .left)]
        + ["n_units", "mutual_information", "normalized", "chance"].map { ($0, .right) })
    for (stage, set) in masks.sets {
      for name in partitions.names {
        let layers = try common(set, masks.file.path, name, partitions)
        for (layer, found) in layers {
          let stream = random.stream("mask-clusters/\(stage)/\(name.text)/\(layer.name)")
          let chance = found.chance(samples: samples, random: stream)
          let agreement = found.agreement
          table.add(
            [stage, name.text, layer.name, String(found.kept.count)]
              + [
                agreement.mutualInformation, agreement.normalizedMutualInformation, chance,
              ].map(ShortNumber.text))
          try invocation.console.record(
            schema,
            [
              "stage": .string(stage), "partition": .string(name.text),
              "layer": .string(layer.name), "n_units": .integer(found.kept.count),
              "mutual_information": .number(agreement.mutualInformation),
              "normalized_mutual_information": .number(agreement.normalizedMutualInformation),
              "chance_mutual_information": .number(chance),
            ])
        }
      }
    }
    try invocation.console.result(table.rendered())
    return .success
  }

  /// The layers of a partition whose incoming weights are masked, each with its units.
  ///
  /// - Throws: ``Failure`` (corrupt) when there are none, or when one has another size.
  private static func common(
    _ set: MaskSet, _ maskPath: String, _ name: PartitionFile.Name,
    _ partitions: PartitionSelection
  ) throws -> [(PartitionFile.Layer, MaskedUnits)] {
    let layers = partitions.layers(name)
    let found = try layers.compactMap { layer -> (PartitionFile.Layer, MaskedUnits)? in
      guard let mask = set["\(layer.name).weight"] else { return nil }
      let units = mask.shape[0]
      guard units == layer.labels.count else {
        throw Failure(
          .corrupt,
          "\(partitions.file.path) holds a partition of another network than \(maskPath)",
          why: "'\(layer.name)' has \(layer.labels.count) units, the mask has \(units)")
      }
      return (layer, MaskedUnits(bits: mask.bits, labels: layer.labels))
    }
    guard !found.isEmpty else {
      throw Failure(
        .corrupt, "\(partitions.file.path) holds a partition of another network than \(maskPath)",
        why: "it has the layers \(layers.map(\.name).joined(separator: ", ")), the masks are of "
          + set.names.joined(separator: ", "))
    }
    return found
  }
}
