import CommandLine
import ExperimentKit
import Runner
import Store
import Tensors

/// `modlab predict`: the logits of a network, masked or not, on given inputs.
enum PredictVerb {
  private static let tensors = Completion.files(["safetensors"])

  static let verb = Verb(
    "predict", "compute the logits of a (masked) network on given inputs",
    discussion: """
      The inputs are the tensor 'inputs' of a safetensors file, or its only tensor; the output file
      holds the tensor 'logits'. Weights that modlab has written say which configuration of the
      manifest they belong to; for others name it with --profile, --only and --set.
      """,
    examples: [
      Example(
        "modlab predict --manifest experiments/masks/addmul-fnn.yaml --weights w.safetensors --inputs x.safetensors --output y.safetensors",
        "compute the logits of the whole network")
    ],
    options: [
      Option(
        "manifest", .text(placeholder: "FILE", completion: .files(["yaml", "yml"])),
        isRequired: true, "the experiment that the weights belong to"),
      Option(
        "weights", .text(placeholder: "FILE", completion: tensors), isRequired: true,
        "trained parameters"),
      Option("masks", .text(placeholder: "FILE", completion: tensors), "learned masks"),
      Option(
        "stage", .text(placeholder: "NAME", completion: .none), "which of the masks to apply"),
      .flag("invert", "apply the complement of the mask"),
      Option(
        "inputs", .text(placeholder: "FILE", completion: tensors), isRequired: true,
        "inputs of the network"),
      Option(
        "output", .text(placeholder: "FILE", completion: tensors), isRequired: true,
        "file to write"),
      Option(
        "profile", .choice(ManifestProfile.names), otherwise: "the one of the weights",
        "profile that the weights were trained with"),
      ManifestOptions.only, ManifestOptions.set,
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let arguments = invocation.arguments
    try checkMaskOptions(arguments)
    try LinearAlgebra.load()
    let manifest = try Manifest.load(arguments.required("manifest"), registry: invocation.registry)
    let path = arguments.required("weights")
    let weights = try TensorFile.read(path)
    let variant = try configuration(of: weights, path, manifest, arguments)
    let request = PredictionRequest(
      weights: try parameters(weights, path), masks: try masks(arguments),
      isInverted: arguments.flag("invert"), inputs: try inputs(arguments.required("inputs")))
    let logits = try FloatingPointMode.flushingDenormals {
      try variant.prepared.predict(request)
    }
    let output = arguments.required("output")
    try Safetensors.write(
      ["logits": .float32(logits)],
      metadata: [
        "format": "modlab-logits-1", "experiment": manifest.kind.name,
        "hash": variant.hash10,
      ], to: output)
    try invocation.console.result("\(output): logits \(logits.shape)\n")
    try invocation.console.record(
      "modlab-prediction-1",
      [
        "file": .string(output), "shape": .array(logits.shape.dimensions.map { .integer($0) }),
        "hash": .string(variant.hash10), "is_finite": .bool(logits.isFinite),
      ])
    return .success
  }

  private static func checkMaskOptions(_ arguments: Arguments) throws {
    let hasMasks = arguments.text("masks") != nil
    if hasMasks, arguments.text("stage") == nil {
      throw Failure(
        .usage, "--masks needs --stage", why: "a mask file holds the masks of several stages",
        help: "list them with 'modlab mask info \(arguments.required("masks"))'")
    }
    for option in ["stage", "invert"] where !hasMasks && arguments.flag(option) {
      throw Failure(.usage, "--\(option) needs --masks", help: "add --masks FILE")
    }
  }

  // MARK: - Which configuration

  /// The configuration that the weights name, else the one that the options select.
  private static func configuration(
    of weights: SafetensorsFile, _ path: String, _ manifest: Manifest, _ arguments: Arguments
  ) throws -> ResolvedVariant {
    let sets = try arguments.texts("set").map(SettingOverride.parse)
    let only = arguments.text("only").map(GlobPattern.init)
    let profiles = arguments.text("profile").map { [$0] } ?? manifest.profileNames
    let candidates = try profiles.flatMap {
      try manifest.resolve(profile: $0, sets: sets, only: only)
    }
    if let hash = weights.metadata["hash"] {
      if let match = candidates.first(where: { $0.hash10 == hash }) { return match }
      throw Failure(
        .corrupt, "\(path) belongs to no configuration of \(manifest.path)",
        why: "its configuration is \(Failure.quote(hash)) of "
          + "\(Failure.quote(weights.metadata["experiment"] ?? "an unknown experiment")); "
          + "the manifest has " + Set(candidates.map(\.hash10)).sorted().joined(separator: ", "),
        help: "give the --set options that the run was computed with")
    }
    let chosen =
      try arguments.text("profile") == nil
      ? manifest.resolve(profile: ManifestProfile.standard, sets: sets, only: only) : candidates
    guard chosen.count == 1, let variant = chosen.first else {
      throw Failure(
        .usage, "\(path) does not say which of \(chosen.count) configurations it belongs to",
        why: "the manifest has \(chosen.map(\.label).joined(separator: ", "))",
        help: "choose one with --only")
    }
    return variant
  }

  // MARK: - Tensors

  private static func parameters(
    _ file: SafetensorsFile, _ path: String
  ) throws -> [String: Tensor<Float>] {
    try Dictionary(
      uniqueKeysWithValues: file.tensors.map { name, tensor in
        guard case .float32(let values) = tensor else {
          throw Failure(
            .corrupt, "\(path): \(Failure.quote(name)) is no parameter",
            why: "it has type \(tensor.elementType.rawValue), parameters have F32")
        }
        return (name, values)
      })
  }

  private static func masks(_ arguments: Arguments) throws -> [String: Tensor<Float>]? {
    guard let path = arguments.text("masks"), let stage = arguments.text("stage") else {
      return nil
    }
    return try PredictionRequest.masks(
      ofStage: stage, in: TensorFile.read(path).tensors, file: path)
  }

  private static func inputs(_ path: String) throws -> [String: StoredTensor] {
    let tensors = try TensorFile.read(path).tensors
    if tensors["inputs"] == nil, tensors.count == 1, let only = tensors.values.first {
      return ["inputs": only]
    }
    guard tensors["inputs"] != nil else {
      throw Failure(
        .corrupt, "\(path) has no tensor 'inputs'",
        why: "it has \(tensors.keys.sorted().joined(separator: ", "))",
        help: "name the tensor 'inputs', or store a single one")
    }
    return tensors
  }
}
