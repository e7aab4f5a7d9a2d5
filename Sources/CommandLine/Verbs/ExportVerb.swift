import ExperimentKit
import Runner
import Store
import Tensors

/// `modlab export`: weights, masks and examples of a run as files for other programs.
enum ExportVerb {
  static let verb = Verb(
    "export", "copy weights and masks of a run to a folder",
    discussion: """
      Writes weights.safetensors and, if the run has learned masks, masks.safetensors, as well as other
      tensor files of the run, such as partitions.safetensors; the Python package safetensors reads
      them. Every file is checked against its recorded checksum before it
      is copied. Beside every LSTM bias 'bias_ih_l0' a bias 'bias_hh_l0' of zeros is written, so that
      torch.nn.LSTM loads the weights strictly.

      With --masked STAGE it also writes masked-STAGE.safetensors: the weights with the masks of the
      stage applied. load_state_dict of the network in PyTorch takes it strictly.

      With --evaluation-set it also writes evaluation.safetensors: the examples on which the
      accuracies of the run were measured. Its 'inputs' are those that 'modlab predict' takes,
      'targets' are the right classes, and 'set/NAME' is 1 for the examples of the eval_set NAME.
      docs/inputs.md shows how to compute the accuracies from it.
      """,
    examples: [
      Example(
        "modlab export results/addmul-fnn/runs/main-*/seed-00 --to exported",
        "take weights and masks to PyTorch"),
      Example(
        "modlab export results/addmul-fnn/runs/main-*/seed-00 --to exported --masked add",
        "take the network with the masks for addition to PyTorch"),
    ],
    operand: Operand(
      "RUN", .exactly(1), completion: .folders, RunReference.operandSummary),
    options: [
      Option(
        "to", .text(placeholder: "DIR", completion: .folders), isRequired: true,
        "folder to write to; it is created if it does not exist"),
      .flag("evaluation-set", "also write the examples on which accuracies were measured"),
      masked, ManifestOptions.data,
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let run = try RunReference(invocation.arguments.operands[0])
    let target = invocation.arguments.required("to")
    let known = ["weights.safetensors", "masks.safetensors"]
    let others = run.status.digests.keys.filter {
      $0.hasSuffix(".safetensors") && !known.contains($0)
    }
    let names = (known + others.sorted()).filter { Folder.exists("\(run.folder.path)/\($0)") }
    guard !names.isEmpty else {
      throw Failure(
        .dataMissing, "\(run.folder.path) has no weights",
        why: "the run is \(run.status.state.rawValue)",
        help: run.status.state == .complete ? nil : "complete it with 'modlab run'")
    }
    // What may be refused comes first, so that nothing is written in vain.
    let examples =
      invocation.arguments.flag("evaluation-set") ? try evaluationSet(of: run, invocation) : nil
    let stages = invocation.arguments.texts("masked")
    let networks = try stages.map { ($0, try maskedNetwork(of: run, stage: $0)) }
    try Folder.create(at: target)
    for name in names {
      let source = "\(run.folder.path)/\(name)"
      let bytes = try InputFile.bytes(at: source, maximumSize: .max, missing: .corrupt)
      if let expected = run.status.digests[name], SHA256.digest(of: bytes) != expected {
        throw Failure(
          .corrupt, "\(source) has changed since the run was completed",
          help: "'modlab run' writes it again")
      }
      if try !exportWithSecondBiases(source, to: "\(target)/\(name)") {
        try AtomicFile.write(bytes, to: "\(target)/\(name)")
      }
      try report("\(target)/\(name)", from: source, invocation)
    }
    for (stage, network) in networks {
      let path = "\(target)/masked-\(stage).safetensors"
      try Checkpoint.write(
        network.tensors, metadata: network.metadata, to: path, keepPrevious: false)
      try report(path, from: run.folder.path, invocation)
    }
    if let examples {
      let path = "\(target)/evaluation.safetensors"
      try Checkpoint.write(
        examples.set.tensors,
        metadata: [
          "format": "modlab-evaluation-1", "experiment": run.identity.kind,
          "hash": run.identity.hash, "seed": String(examples.seed),
        ].merging(examples.set.metadata) { own, _ in own }, to: path, keepPrevious: false)
      try report(path, from: run.folder.path, invocation)
    }
    return .success
  }

  private static func report(
    _ path: String, from source: String, _ invocation: Invocation
  ) throws {
    try invocation.console.result("\(path)\n")
    try invocation.console.record(
      "modlab-export-1", ["file": .string(path), "source": .string(source)])
  }

  // MARK: - Second biases

  /// Writes a weight file with LSTM layers, which PyTorch gives a second bias: 0, as modlab has one.
  ///
  /// - Returns: Whether there was anything to add, and so the file was written.
  private static func exportWithSecondBiases(
    _ source: String, to target: String
  ) throws -> Bool {
    let file = try TensorFile.read(source)
    let tensors = withSecondBiases(file.tensors)
    guard tensors.count > file.tensors.count else { return false }
    try Checkpoint.write(
      tensors, metadata: TensorFile.metadataWithoutChecksums(file.metadata), to: target,
      keepPrevious: false)
    return true
  }

  // MARK: - Evaluation set

  private static func evaluationSet(
    of run: RunReference, _ invocation: Invocation
  ) throws -> (set: EvaluationSet, seed: Int) {
    let weights = "\(run.folder.path)/weights.safetensors"
    guard let seed = try Safetensors.metadata(of: weights)["seed"].flatMap(Int.init), seed >= 0
    else {
      throw Failure(.corrupt, "\(weights) does not say with which seed it was computed")
    }
    let kind = try invocation.registry.find(run.identity.kind, exitCode: .usage)
    guard kind.version == run.identity.version else {
      throw Failure(
        .usage, "this program cannot make the evaluation set of \(run.folder.path)",
        why: "the run was computed with version \(run.identity.version) of "
          + "'\(run.identity.kind)', the program has version \(kind.version)",
        help: "use the program that computed the run, or compute it again")
    }
    let data = ManifestOptions.dataFolder(invocation.arguments).path
    if let changed = run.status.changedData(in: data) {
      throw Failure(
        .dataMissing, "\(Failure.quote(path: changed)) has other content than the run has read",
        why: "the accuracies of \(run.folder.path) were not measured on these data",
        help: "name the folder of the data that the run has read with --data, or run it again")
    }
    let set = try kind.prepare(json: run.identity.configuration).evaluationSet(
      seed: seed, dataFolder: data)
    return (set, seed)
  }
}
