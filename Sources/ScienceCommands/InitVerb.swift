import CommandLine
import ExperimentKit
import NetworkFiles
import Store
import Tensors

/// `modlab init`: a manifest for a network and data of the user's own.
enum InitVerb {
  static let verb = Verb(
    "init", "write a manifest for a network and data of your own",
    discussion: """
      Looks into the files and writes a commented manifest that runs: what is imported, which arrays are
      inputs and targets, the loss, and two sub-tasks as an example. Inputs are the array whose
      examples have the shape that the network takes; targets are one with as many rows. Arrays with
      'test', 'valid' or 't10k' in their names are tested on.

      The network is a .pt2 file of torch.export.save, or a safetensors file of modlab that says which
      network it holds. Data are safetensors, NumPy (.npy, .npz), CSV, IDX or CIFAR-10 files; name each
      with --data. docs/own-networks.md has whole stories.
      """,
    examples: [
      Example(
        "modlab init --network model.pt2 --data arrays.safetensors -o my-study.yaml",
        "write a manifest, to be edited and run"),
      Example(
        "modlab init --network model.pt2 --data train-images-idx3-ubyte.gz --data train-labels-idx1-ubyte.gz -o my-study.yaml",
        "take inputs and targets from two files"),
    ],
    options: [
      Option(
        "network", .text(placeholder: "FILE", completion: .files(["pt2", "safetensors"])),
        isRequired: true, "the network"),
      Option(
        "data", .text(placeholder: "FILE", completion: .files([])), isRepeatable: true,
        isRequired: true, "a file with inputs, targets or both"),
      Option(
        "output", short: "o", .text(placeholder: "FILE", completion: .files(["yaml", "yml"])),
        isRequired: true, "the manifest to write; it must not exist"),
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let arguments = invocation.arguments
    let output = arguments.required("output")
    guard !Folder.exists(output) else {
      throw Failure(
        .usage, "\(Failure.quote(path: output)) exists", why: "it is not overwritten",
        help: "choose another name, or remove it")
    }
    let path = arguments.required("network")
    let console = invocation.console
    let isProgram = try NetworkFile.isProgram(path)
    let network =
      isProgram
      ? try ImportedNetwork(program: path, note: console.warning)
      : try ImportedNetwork(weights: path, note: console.warning)
    let draft = try StudyDraft(
      networkPath: path, isProgram: isProgram, input: network.input,
      output: network.description.outline.output,
      data: arguments.texts("data"))
    try check(draft, output, invocation)
    try AtomicFile.write(draft.text, to: output)
    try console.result(
      "\(output): inputs \(draft.train.inputs), targets \(draft.train.targets), "
        + "loss \(draft.targets.loss)\nnext: modlab run \(output) --profile smoke\n")
    try console.record(
      "modlab-init-1",
      [
        "file": .string(output), "inputs": .string(draft.train.inputs),
        "targets": .string(draft.train.targets), "loss": .string(draft.targets.loss),
      ])
    return .success
  }

  /// The manifest is read, and its files are looked at, as `modlab run` would do it.
  private static func check(
    _ draft: StudyDraft, _ path: String, _ invocation: Invocation
  ) throws {
    let manifest = try Manifest(text: draft.text, path: path, registry: invocation.registry)
    for variant in try manifest.resolve(profile: ManifestProfile.standard) {
      try variant.prepared.checkFiles(seed: 0, dataFolder: "data")
    }
  }
}
