import CommandLine
import ExperimentKit
import NetworkFiles
import Runner
import Store
import Tensors

/// `modlab describe`: the networks of a manifest, or the one of a weight file.
enum DescribeVerb {
  static let verb = Verb(
    "describe", "show the architecture: layers, shapes, parameters, masks, operations, units",
    discussion: """
      Of a weight file (*.safetensors) that says which network it holds, the layers are shown with
      their units: the neurons of hidden linear layers, or the output channels of convolutions, and
      with the vertices of the network's graph.
      """,
    examples: [
      Example(
        "modlab describe experiments/masks/addmul-fnn.yaml --profile quick",
        "show the layers and the cost of a step"),
      Example("modlab describe weights.safetensors", "show the units of a trained network"),
    ],
    operand: Operand(
      "MANIFEST|WEIGHTS", .exactly(1), completion: .files(["yaml", "yml", "safetensors", "pt2"]),
      "description of a study (YAML), or a weight file (safetensors, .pt2)"),
    options: [
      ManifestOptions.profile, ManifestOptions.set, ManifestOptions.only,
      ClusterOptions.architecture,
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    let path = invocation.arguments.operands[0]
    if try path.hasSuffix(".safetensors") || NetworkFile.isProgram(path) {
      return try describe(
        NetworkFile(
          path, architecture: invocation.arguments.text("architecture"), note: console.warning),
        console)
    }
    let request = try ManifestOptions.request(invocation)
    for manifest in try request.expanded() {
      // Variants mostly share their network; each network is shown once.
      var networks: [(architecture: Architecture, variants: [ResolvedVariant])] = []
      for variant in manifest.variants {
        let architecture = try variant.prepared.describe()
        if let index = networks.firstIndex(where: { $0.architecture == architecture }) {
          networks[index].variants.append(variant)
        } else {
          networks.append((architecture, [variant]))
        }
      }
      for (index, network) in networks.enumerated() {
        let labels = network.variants.map(\.label)
        try console.record(
          "modlab-architecture-1",
          (network.architecture.json.objectValue ?? [:]).merging([
            "experiment": .string(manifest.manifest.kind.name), "profile": .string(request.profile),
            "variants": .array(labels.map { .string($0) }),
          ]) { $1 })
        let title =
          "\(manifest.manifest.kind.name) (\(request.profile)): \(labels.joined(separator: ", "))"
        try console.result(
          (index > 0 ? "\n" : "") + Style.bold.paint(title, console.isOutputColored) + "\n")
        try console.result(text(network.architecture))
      }
    }
    return .success
  }

  // MARK: - Weight files

  private static func describe(_ file: NetworkFile, _ console: Console) throws -> ExitCode {
    let outline = file.description.outline
    let units = Dictionary(uniqueKeysWithValues: file.units.layers.map { ($0.name, $0.width) })
    let vertices = file.units.vertices()
    let ofLayer = Dictionary(uniqueKeysWithValues: vertices.map { ($0.layer, $0.count) })
    var table = TextTable([
      ("layer", .left), ("kind", .left), ("output", .left), ("parameters", .right),
      ("units", .right), ("vertices", .right),
    ])
    func text(_ count: Int?) -> String { count.map(ShortNumber.grouped) ?? "" }
    if let inputs = file.units.inputCount {
      table.add([
        "inputs", "", shape(outline.input.dimensions), "", "", text(ofLayer["inputs"] ?? inputs),
      ])
    }
    var layers: [JSONValue] = []
    for layer in outline.layers {
      let parameters = layer.parameters.reduce(0) { $0 + $1.outline.shape.count }
      table.add([
        layer.name, layer.kind, shape(layer.output.dimensions),
        parameters == 0 ? "" : ShortNumber.grouped(parameters), text(units[layer.name]),
        text(ofLayer[layer.name]),
      ])
      layers.append([
        "layer": .string(layer.name), "kind": .string(layer.kind),
        "output": .array(layer.output.dimensions.map(JSONValue.integer)),
        "parameters": .integer(parameters), "units": .integer(units[layer.name] ?? 0),
        "vertices": .integer(ofLayer[layer.name] ?? 0),
      ])
    }
    let count = vertices.reduce(0) { $0 + $1.count }
    let all = units.values.reduce(0, +)
    try console.result(
      table.rendered() + "\n\(ShortNumber.grouped(all)) units, "
        + "\(ShortNumber.grouped(count)) vertices, "
        + "\(ShortNumber.grouped(outline.parameterCount)) parameters\n")
    try console.record(
      "modlab-network-1",
      [
        "file": .string(file.path),
        "input_shape": .array(outline.input.dimensions.map(JSONValue.integer)),
        "layers": .array(layers), "units": .integer(all), "vertices": .integer(count),
        "inputs": .integer(file.units.inputCount ?? 0),
        "parameters": .integer(outline.parameterCount),
      ])
    return .success
  }

  // MARK: - Manifests

  private static func text(_ architecture: Architecture) -> String {
    var table = TextTable([
      ("layer", .left), ("kind", .left), ("role", .left), ("shape", .left),
      ("parameters", .right), ("masked", .left),
    ])
    for row in architecture.rows {
      table.add([
        row.layer, row.kind, row.role, shape(row.shape),
        row.parameters == 0 ? "" : ShortNumber.grouped(row.parameters),
        row.parameters == 0 ? "" : row.isMasked ? "yes" : "no",
      ])
    }
    var totals = TextTable([("total", .left), ("", .right)])
    for (name, count) in counts(architecture) {
      totals.add([name, ShortNumber.grouped(count)])
    }
    totals.add(["FLOPs per step, pre-training", flops(architecture.pretrainingOperationsPerStep)])
    totals.add(["FLOPs per step, masks", flops(architecture.maskOperationsPerStep)])
    return "input \(shape(architecture.inputShape)), output \(shape(architecture.outputShape))\n"
      + table.rendered() + "\n" + totals.rendered()
  }

  /// Parameters by role in the order of their first appearance, then all and the masked ones.
  private static func counts(_ architecture: Architecture) -> [(String, Int)] {
    var roles: [String] = []
    var counts: [String: Int] = [:]
    for row in architecture.rows where row.parameters > 0 {
      if counts[row.role] == nil { roles.append(row.role) }
      counts[row.role, default: 0] += row.parameters
    }
    return roles.map { ("\($0) parameters", counts[$0] ?? 0) } + [
      ("all parameters", architecture.parameterCount),
      ("masked parameters", architecture.maskedParameterCount),
    ]
  }

  private static func shape(_ extents: [Int]) -> String {
    extents.isEmpty ? "1" : extents.map(String.init).joined(separator: "×")
  }

  private static func flops(_ operations: Double) -> String {
    for (unit, size) in [("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)]
    where operations >= size {
      return "\(ShortNumber.text(operations / size)) \(unit)FLOP"
    }
    return "\(ShortNumber.text(operations)) FLOP"
  }
}
