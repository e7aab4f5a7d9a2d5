import ExperimentKit
import NeuralNetworks
import Store
import Tensors

/// Manifest section `network`: the network, and where its weights come from.
struct OwnNetworkSection: Settings {
  var input: [Int] = []
  var layers = LayerList()
  var program: String?
  var architecture: String?
  var weights: String?
  var names = NameMap()

  static let schema = Schema<OwnNetworkSection>([
    .integers(
      "input", \.input, in: 1...1_048_576, count: 0...6,
      "shape of one input in PyTorch's order, without the batch: `[1, 28, 28]` for images of one channel, "
        + "`[784]` for vectors, `[32]` for 32 tokens, `[20, 12]` for 20 steps of 12 numbers; not with "
        + "`import`"),
    .structured(
      "layers", \.layers,
      "the layers, first to last, each on a line; names are those of PyTorch's state dictionary: "
        + "`{conv2d: features.0, filters: 32, kernel: 3, padding: 1}`"),
    .optionalText(
      "import", \.program,
      "in place of layers and weights, a `.pt2` file as `torch.export.save` writes it"),
    .optionalText(
      "architecture", \.architecture,
      "in place of layers, a network of torchvision by its name, such as `resnet18`, with `weights`"
    ),
    .optionalText(
      "weights", \.weights,
      "a safetensors file with the trained weights; a list of layers without it is trained by "
        + "`pretrain`; a file of modlab that says which network it holds needs no layers"),
    .structured(
      "names", \.names,
      "what tensors of the file are called in the network, or what beginnings of their names are: "
        + "`{fc: classifier}`"),
  ])

  /// Whether the weights come from a file.
  var isTrained: Bool { program != nil || weights != nil }
}

/// The setting `network.names`: names, or their beginnings up to a dot, in the file and in the network.
struct NameMap: StructuredSetting {
  /// From the file's to the network's.
  var names: [String: String] = [:]

  static let typeDescription = "mapping of names in the file to names in the network"

  init() {}

  init(_ node: YAMLNode) throws {
    for entry in try node.mapping() { names[entry.key] = try entry.value.string() }
  }

  init?(json: JSONValue) {
    guard let members = json.objectValue else { return nil }
    for (key, value) in members {
      guard let text = value.stringValue else { return nil }
      names[key] = text
    }
  }

  var json: JSONValue { .object(names.mapValues { .string($0) }) }
}

/// Everything that a manifest can say about a study of an own network.
struct OwnNetworkSettings: Settings {
  var network = OwnNetworkSection()
  var data = OwnDataSettings()
  var loss = OwnObjective.crossEntropy
  var subtasks = NamedSettings<SubtaskSettings>()
  var copied: [String] = []
  var pretrain = PretrainingSettings()
  var mask = MaskSettings()
  var controls = ControlSettings()
  var logEvery = 100

  static let schema = Schema<OwnNetworkSettings>([
    .section("network", \.network, "the network"),
    .section("data", \.data, "the examples"),
    .choice(
      "loss", \.loss,
      "what the outputs are: `cross-entropy` one class for each example; `groups` several, such as the "
        + "digits of a number; `sequence` one for each step; `mse` numbers, compared by the mean squared "
        + "error"),
    .named(
      "subtasks", \.subtasks,
      "what masks are trained for besides the full task, in this order; each is a stage of its name"
    ),
    .texts(
      "copy-from-full", \.copied,
      "names of parameters whose masks all sub-tasks take over from the full task, as the classifier's "
        + "are where a class is left out; `*` stands for any text"),
    .section(
      "pretrain", \.pretrain,
      "training of the network, before it is frozen; of a network from a file only `batch` matters"),
    .section("mask", \.mask, "training of the masks on the frozen network"),
    .section(
      "controls", \.controls, shorthand: "level",
      "what masks are compared with before anything is concluded from them; see docs/nulls.md; none with "
        + "`loss: mse`, since controls compare accuracies"
    ).omitted(\.controls, as: .off) { !$0.areOn },
    .integer(
      "log-every", \.logEvery, in: 1...1_000_000, unit: "steps",
      "distance of the rows of the training curve, which hold means since the row before"),
  ])

  /// What masks are compared with: nothing where nothing is right or wrong, and no network as it was
  /// before its training where that is not known.
  var comparison: ControlSettings {
    guard loss != .meanSquaredError else { return .off }
    return network.isTrained ? controls.withoutTraining : controls
  }

  /// The rules of comparisons that go beyond single keys.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func validateControls() throws {
    if network.isTrained { try controls.validateWithoutTraining() }
  }

  /// The stages: the full task, then the sub-tasks.
  var stages: [String] { ["full"] + subtasks.items.map(\.name) }

  /// What the files of a run must fit.
  var filesKey: JSONValue {
    var settings = OwnNetworkSettings()
    (settings.network, settings.data, settings.loss) = (network, data, loss)
    settings.subtasks = subtasks
    return Self.schema.encode(settings)
  }

  /// What the trained network depends on; nil when it comes from a file.
  func pretrainingKey(version: Int) -> JSONValue? {
    guard !network.isTrained else { return nil }
    return [
      "network": "own-network", "version": .integer(version),
      "layers": OwnNetworkSection.schema.encode(network),
      "data": OwnDataSettings.schema.encode(data), "loss": .string(loss.rawValue),
      "pretrain": PretrainingSettings.schema.encode(pretrain), "log-every": .integer(logEvery),
    ]
  }
}
