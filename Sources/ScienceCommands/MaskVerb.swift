import CommandLine
import Masks
import Runner
import Store

/// `modlab mask`: algebra and statistics of mask files.
enum MaskVerb {
  static let verb = Verb(
    "mask", "combine and compare mask files",
    discussion: """
      FILE selects all stages of a mask file, FILE:STAGE one of them. When both files have several
      stages, those with the same name are combined or compared.
      """,
    examples: [
      Example(
        "modlab mask info masks.safetensors", "count the kept weights of every stage and layer"),
      Example(
        "modlab mask overlap masks.safetensors:add masks.safetensors:mul",
        "compare the masks of two stages"),
      Example(
        "modlab mask and a.safetensors:add b.safetensors:add --output both.safetensors",
        "keep what both masks keep"),
    ],
    verbs: [
      Verb(
        "info", "list the stages and layers with the number of weights they keep",
        operand: operand(.many), action: info),
      combining("and", "keep what both masks keep") { $0 & $1 },
      combining("or", "keep what either mask keeps") { $0 | $1 },
      combining("minus", "keep what the first mask keeps and the second does not") { $0 - $1 },
      Verb(
        "not", "keep what the mask removes", operand: operand(.exactly(1)), options: [output],
        action: complement),
      Verb(
        "overlap", "compare two masks layer by layer", operand: operand(.exactly(2)),
        action: overlap),
      MaskClusters.verb,
    ])

  private static func operand(_ count: Operand.Count) -> Operand {
    Operand(
      "FILE[:STAGE]", count, completion: .files(["safetensors"]),
      "a mask file, or one of its stages")
  }

  private static let output = Option(
    "output", short: "o", .text(placeholder: "FILE", completion: .files(["safetensors"])),
    isRequired: true, "the mask file to write")
  private static let stageName = Option(
    "as", .text(placeholder: "STAGE", completion: .none), otherwise: "made from the names of both",
    "the name of the resulting stage")

  // MARK: - Information

  @Sendable private static func info(_ invocation: Invocation) throws -> ExitCode {
    var table = TextTable([
      ("file", .left), ("stage", .left), ("layer", .left), ("shape", .left),
      ("n_weights", .right), ("n_kept", .right), ("kept_frac", .right),
    ])
    for path in invocation.arguments.operands {
      let selection = try MaskSelection(path)
      for (stage, set) in selection.sets {
        for name in set.names + ["all"] {
          let count = set[name]?.count ?? set.count
          let kept = set[name]?.keptCount ?? set.keptCount
          let fraction = count == 0 ? 0 : Double(kept) / Double(count)
          table.add([
            selection.file.path, stage, name, set[name]?.shape.description ?? "",
            String(count), String(kept), ShortNumber.text(fraction),
          ])
          try invocation.console.record(
            "modlab-mask-1",
            [
              "file": .string(selection.file.path), "stage": .string(stage),
              "layer": .string(name), "n_weights": .integer(count), "n_kept": .integer(kept),
              "kept_frac": .number(fraction),
            ])
        }
      }
    }
    try invocation.console.result(table.rendered())
    return .success
  }

  // MARK: - Algebra

  private static func combining(
    _ name: String, _ summary: String,
    _ operation: @escaping @Sendable (MaskSet, MaskSet) -> MaskSet
  ) -> Verb {
    Verb(
      name, summary, operand: operand(.exactly(2)), options: [output, stageName]
    ) { invocation in
      let a = try MaskSelection(invocation.arguments.operands[0])
      let b = try MaskSelection(invocation.arguments.operands[1])
      let pairs = try MaskSelection.pairs(a, b)
      let wanted = invocation.arguments.text("as")
      if wanted != nil, pairs.count > 1 {
        throw Failure(
          .usage, "--as names one stage, but there are \(pairs.count)",
          help: "select one stage of each file: FILE:STAGE")
      }
      var stages: [String: MaskSet] = [:]
      for pair in pairs {
        let both =
          pair.a.stage == pair.b.stage ? pair.a.stage : "\(pair.a.stage)-\(name)-\(pair.b.stage)"
        stages[try stageNamed(wanted ?? both)] = operation(pair.a.set, pair.b.set)
      }
      return try write(stages, metadata: a.file.metadata, invocation)
    }
  }

  @Sendable private static func complement(_ invocation: Invocation) throws -> ExitCode {
    let selection = try MaskSelection(invocation.arguments.operands[0])
    let stages = Dictionary(uniqueKeysWithValues: selection.sets.map { ($0.stage, !$0.set) })
    return try write(stages, metadata: selection.file.metadata, invocation)
  }

  private static func stageNamed(_ name: String) throws -> String {
    guard !name.isEmpty, !name.contains("/"), !name.contains(":"), !name.contains(",") else {
      throw Failure(
        .usage, "\(Failure.quote(name)) cannot be the name of a stage",
        why: "the name of a stage must not be empty and must not contain '/', ':' or ','")
    }
    return name
  }

  private static func write(
    _ stages: [String: MaskSet], metadata: [String: String], _ invocation: Invocation
  ) throws -> ExitCode {
    let path = invocation.arguments.required("output")
    try MaskFile.write(stages, metadata: metadata, to: path)
    for (stage, set) in stages.sorted(by: { $0.key < $1.key }) {
      try invocation.console.result(
        "\(path):\(stage) keeps \(set.keptCount) of \(set.count) weights\n")
      try invocation.console.record(
        "modlab-mask-1",
        [
          "file": .string(path), "stage": .string(stage), "layer": "all",
          "n_weights": .integer(set.count), "n_kept": .integer(set.keptCount),
        ])
    }
    return .success
  }

  // MARK: - Overlap

  @Sendable private static func overlap(_ invocation: Invocation) throws -> ExitCode {
    let a = try MaskSelection(invocation.arguments.operands[0])
    let b = try MaskSelection(invocation.arguments.operands[1])
    var table = TextTable(
      [("mask_a", .left), ("mask_b", .left), ("layer", .left)]
        + ["n_a", "n_b", "n_inter", "n_union", "iou", "iomin", "iou_chance"].map { ($0, .right) })
    for pair in try MaskSelection.pairs(a, b) {
      let (x, y) = (pair.a.set, pair.b.set)
      var rows: [(String, MaskOverlap)] = x.names.compactMap { name in
        guard let p = x[name], let q = y[name] else { return nil }
        return (name, MaskOverlap(p, q))
      }
      rows.append(("all", MaskOverlap(x, y)))
      for (layer, overlap) in rows {
        table.add(
          [pair.a.stage, pair.b.stage, layer]
            + [overlap.keptByA, overlap.keptByB, overlap.intersection, overlap.union]
            .map { String($0) }
            + [overlap.iou, overlap.iomin, overlap.iouByChance].map(ShortNumber.text))
        try invocation.console.record(
          "modlab-overlap-1",
          [
            "mask_a": .string(pair.a.stage), "mask_b": .string(pair.b.stage),
            "layer": .string(layer), "n_a": .integer(overlap.keptByA),
            "n_b": .integer(overlap.keptByB), "n_inter": .integer(overlap.intersection),
            "n_union": .integer(overlap.union), "iou": .number(overlap.iou),
            "iomin": .number(overlap.iomin), "iou_chance": .number(overlap.iouByChance),
          ])
      }
    }
    try invocation.console.result(table.rendered())
    return .success
  }
}
