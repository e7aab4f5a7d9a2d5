import CommandLine
import NetworkFiles
import Runner
import Store
import Tensors

/// `modlab import`: networks of other programs.
enum ImportVerb {
  static let verb = Verb(
    "import", "look at networks of other programs",
    discussion: """
      Networks come as .pt2 files, which torch.export.save writes, or as layers of a manifest with the
      weights of a state dictionary. docs/own-networks.md says which ones are read.
      """,
    verbs: [check])

  private static let check = Verb(
    "check", "show what a file holds, and whether it computes the same here",
    discussion: """
      Shows the layers with their shapes, parameters and sites, and the operations of a forward pass.

      With --against, the tensor 'inputs' of a safetensors file goes through the network, and what
      comes out is compared with its tensor 'outputs'. The largest difference must be at most 1e-5 of
      the largest output; else the command fails with status 1. In Python:

          save_file({"inputs": x, "outputs": model(x)}, "check.safetensors")
      """,
    examples: [
      Example("modlab import check model.pt2", "show the layers of an exported network"),
      Example(
        "modlab import check model.pt2 --against check.safetensors",
        "compare its outputs with those of PyTorch"),
      Example(
        "modlab import check my-study.yaml --against check.safetensors",
        "compare layers of a manifest that have the weights of a file"),
    ],
    operand: Operand(
      "FILE", .exactly(1), completion: .files(["pt2", "yaml", "yml"]),
      "a network as torch.export.save writes it, or a manifest that takes one from a file"),
    options: [
      Option(
        "against", .text(placeholder: "FILE", completion: .files(["safetensors"])),
        "inputs and outputs of the network in PyTorch"),
      ManifestOptions.profile, ManifestOptions.set, ManifestOptions.only,
    ],
    action: perform)

  @Sendable private static func perform(_ invocation: Invocation) throws -> ExitCode {
    let (console, path) = (invocation.console, invocation.arguments.operands[0])
    let network = try network(path, invocation)
    let outline = network.description.outline
    try console.result(text(network))
    var record: [String: JSONValue] = [
      "file": .string(path),
      "input_shape": .array(network.input.shape.dimensions.map(JSONValue.integer)),
      "input": .string(kind(network.input)),
      "output_shape": .array(outline.output.dimensions.map(JSONValue.integer)),
      "ending": .string(network.ending.rawValue),
      "layers": .array(
        outline.layers.map { layer in
          [
            "layer": .string(layer.name), "kind": .string(layer.kind),
            "output": .array(layer.output.dimensions.map(JSONValue.integer)),
            "parameters": .integer(layer.parameters.reduce(0) { $0 + $1.outline.shape.count }),
          ]
        }),
      "sites": .array(outline.sites.map { .string($0) }),
      "parameters": .integer(outline.parameterCount),
      "operations": .number(outline.forwardOperations),
      "notes": .array(network.notes.map { .string($0) }),
    ]
    var code = ExitCode.success
    if let arrays = invocation.arguments.text("against") {
      try LinearAlgebra.load()
      let comparison = try network.compare(with: arrays)
      let verdict =
        comparison.holds
        ? "the same up to rounding" : "not the same: at most 1e-5 of the largest output is allowed"
      try console.result(
        "\n\(comparison.count) inputs of \(arrays): the largest difference is "
          + "\(ShortNumber.text(comparison.difference)), \(ShortNumber.text(comparison.relative)) of "
          + "the largest output \(ShortNumber.text(comparison.largest)): \(verdict)\n")
      record["largest_difference"] = .number(comparison.difference)
      record["relative_difference"] = .number(comparison.relative)
      record["is_same"] = .bool(comparison.holds)
      if !comparison.holds { code = .runFailed }
    }
    try console.record("modlab-import-1", record)
    return code
  }

  /// The network of a file, or of the first variant of a manifest.
  private static func network(
    _ path: String, _ invocation: Invocation
  ) throws -> ImportedNetwork {
    let note = invocation.console.warning
    guard path.hasSuffix(".yaml") || path.hasSuffix(".yml") else {
      return try ImportedNetwork(program: path, note: note)
    }
    let variants = try ManifestOptions.request(invocation).expanded().flatMap(\.variants)
    guard let variant = variants.first,
      let network = try (variant.prepared as? any NetworkSupplier)?.suppliedNetwork()
    else {
      throw Failure(
        .usage, "the network of \(Failure.quote(path: path)) comes from no file",
        why: "it is trained here, or built in", help: "show its layers with 'modlab describe'")
    }
    network.notes.forEach(note)
    return network
  }

  private static func kind(_ input: ImportedInput) -> String {
    switch input.kind {
    case .numbers: "numbers"
    case .tokens(let vocabulary): "tokens below \(vocabulary)"
    }
  }

  private static func text(_ network: ImportedNetwork) -> String {
    let outline = network.description.outline
    var table = TextTable([
      ("site", .left), ("kind", .left), ("output", .left), ("parameters", .left),
      ("numbers", .right),
    ])
    for layer in outline.layers {
      for site in layer.innerSites { table.add([site, "", "", "", ""]) }
      let uses = layer.parameters.map(\.outline)
      table.add([
        layer.name, layer.kind, layer.output.description,
        uses.map { "\($0.name) \($0.shape)" }.joined(separator: ", "),
        uses.isEmpty ? "" : ShortNumber.grouped(uses.reduce(0) { $0 + $1.shape.count }),
      ])
    }
    return "input \(network.input.shape) (\(kind(network.input))), output \(outline.output)\n"
      + table.rendered() + "\n\(ShortNumber.grouped(outline.parameterCount)) parameters, "
      + "\(ShortNumber.text(outline.forwardOperations / 1e6)) MFLOP for one input\n"
  }
}
