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
      holds the tensor 'logits'. docs/inputs.md describes the inputs of every task. Weights that modlab
      has written say which configuration of the manifest they belong to; for other weights, select it
      with --profile, --only and --set.

      The weights must have the names and shapes of the network's tensors, which 'modlab describe'
      lists. Tensors of type F16, BF16 and F64 are converted to F32. A warning names the tensors that
      hold NaN or infinite values.
      """,
    examples: [
      Example(
        "modlab predict --manifest experiments/masks/addmul-fnn.yaml --weights w.safetensors --inputs x.safetensors --output y.safetensors",
        "compute the logits of the whole network"),
      Example(
        "modlab predict --manifest experiments/masks/addmul-fnn.yaml --weights w.safetensors --inputs x.safetensors --output y.safetensors --lesion layers.1:4,17,30",
        "compute the logits without three units of the second layer"),
    ],
    options: [
      Option(
        "manifest", .text(placeholder: "FILE", completion: .files(["yaml", "yml"])),
        isRequired: true, "the manifest of the network"),
      Option(
        "weights", .text(placeholder: "FILE", completion: tensors), isRequired: true,
        "the trained parameters of the network"),
      Option(
        "masks", .text(placeholder: "FILE", completion: tensors),
        "learned masks of the network's weights"),
      Option(
        "stage", .text(placeholder: "NAME", completion: .none), "the stage whose masks are applied"),
      .flag("invert", "apply the complement of the masks"),
      Option(
        "lesion", .text(placeholder: "LAYER:UNITS", completion: .none), isRepeatable: true,
        "units whose outputs are set to 0: layers.1:4,17,30"),
      Option(
        "inputs", .text(placeholder: "FILE", completion: tensors), isRequired: true,
        "the inputs of the network"),
      Option(
        "output", short: "o", .text(placeholder: "FILE", completion: tensors), isRequired: true,
        "the file to write the logits to"),
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
    let console = invocation.console
    let request = PredictionRequest(
      weights: try PredictionRequest.weights(
        of: weights.tensors, path: path, note: console.warning),
      masks: try masks(arguments), isInverted: arguments.flag("invert"),
      lesions: try lesions(arguments.texts("lesion")),
      inputs: try inputs(arguments.required("inputs")), source: path, note: console.warning)
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
    let strange = nonFiniteTensors(request, logits, arguments)
    for tensor in strange { console.warning(tensor.warning) }
    try console.result("\(output): logits \(logits.shape)\n")
    try console.record(
      "modlab-prediction-1",
      [
        "file": .string(output), "shape": .array(logits.shape.dimensions.map { .integer($0) }),
        "hash": .string(variant.hash10), "is_finite": .bool(logits.isFinite),
        "non_finite": .array(strange.map { .string($0.name) }),
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
    let (candidates, refusals) = try candidates(profiles, of: manifest, sets: sets, only: only)
    if let hash = weights.metadata["hash"] {
      if let match = candidates.first(where: { $0.hash10 == hash }) { return match }
      throw Failure(
        .corrupt, "\(path) belongs to no configuration of \(manifest.path)",
        why: "its configuration is \(Failure.quote(hash)) of "
          + "\(Failure.quote(weights.metadata["experiment"] ?? "an unknown experiment")); "
          + "the manifest has " + Set(candidates.map(\.hash10)).sorted().joined(separator: ", "),
        help: "give the --set options that the run was computed with")
    }
    // Without a hash the usual profile counts, unless only others have what is asked for.
    let standard = ManifestProfile.standard
    if let refusal = refusals[standard] { throw refusal }
    let usual = candidates.filter { $0.profile == standard }
    let chosen = usual.isEmpty ? candidates : usual
    guard chosen.count == 1, let variant = chosen.first else {
      let names = chosen.map { "\($0.label) (profile '\($0.profile)')" }
      throw Failure(
        .usage, "\(path) does not say which of \(chosen.count) configurations it belongs to",
        why: "the manifest has \(names.joined(separator: ", "))",
        help: Set(chosen.map(\.profile)).count > 1
          ? "choose one with --profile and --only" : "choose one with --only")
    }
    return variant
  }

  /// The configurations of some profiles that `only` selects. A profile is passed over when it does
  /// not have them, or refuses the values of --set, as long as another one has them; `refusals` are
  /// the reasons of those that refuse.
  private static func candidates(
    _ profiles: [String], of manifest: Manifest, sets: [SettingOverride], only: GlobPattern?
  ) throws -> (selected: [ResolvedVariant], refusals: [String: Failure]) {
    var all: [ResolvedVariant] = []
    var refusals: [String: Failure] = [:]
    for profile in profiles {
      do {
        all += try manifest.resolve(profile: profile, sets: sets)
      } catch let failure as Failure {
        refusals[profile] = failure
      }
    }
    let selected = only.map { pattern in all.filter { $0.matches(pattern) } } ?? all
    guard selected.isEmpty else { return (selected, refusals) }
    if let refusal = profiles.lazy.compactMap({ refusals[$0] }).first { throw refusal }
    guard let only else { return ([], [:]) }
    let names = manifest.variants
    throw Failure(
      .usage, "no variant of \(manifest.path) matches \(Failure.quote(only.text))",
      why: profiles.count == 1
        ? "the profile '\(profiles[0])' has "
          + "\(try manifest.variants(profile: profiles[0]).joined(separator: ", "))"
        : "the manifest has \(names.joined(separator: ", "))",
      help: Suggestion.help(for: only.text, among: names))
  }

  // MARK: - Tensors

  private static func masks(_ arguments: Arguments) throws -> [String: Tensor<Float>]? {
    guard let path = arguments.text("masks"), let stage = arguments.text("stage") else {
      return nil
    }
    return try StoredMasks(TensorFile.read(path).tensors, path: path).stage(stage)
      .mapValues(\.factors)
  }

  /// Units by layer, from texts such as `layers.1:4,17,30`.
  private static func lesions(_ texts: [String]) throws -> [String: [Int]] {
    try texts.reduce(into: [:]) { lesions, text in
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      let units = (parts.count == 2 ? parts[1] : "").split(
        separator: ",", omittingEmptySubsequences: false)
      let numbers = units.compactMap { Int($0) }.filter { $0 >= 0 }
      guard parts.count == 2, !parts[0].isEmpty, numbers.count == units.count else {
        throw Failure(
          .usage, "--lesion \(Failure.quote(text)) names no units",
          why: "needed are a layer and numbers of units from 0, such as layers.1:4,17,30")
      }
      lesions[String(parts[0]), default: []] += numbers
    }
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

  // MARK: - Numbers that are none

  /// The tensors that hold NaN or infinities: of the weights, of the inputs, and the logits.
  private static func nonFiniteTensors(
    _ request: PredictionRequest, _ logits: Tensor<Float>, _ arguments: Arguments
  ) -> [(name: String, warning: String)] {
    var tensors: [(name: String, file: String, values: Tensor<Float>)] = []
    for (name, tensor) in request.weights.sorted(by: { $0.key < $1.key }) {
      tensors.append((name, request.source, tensor))
    }
    for (name, stored) in request.inputs.sorted(by: { $0.key < $1.key }) {
      guard let tensor = stored.convertedToFloat32()?.tensor else { continue }
      tensors.append((name, arguments.required("inputs"), tensor))
    }
    tensors.append(("logits", arguments.required("output"), logits))
    return tensors.filter { !$0.values.isFinite }.map { name, file, values in
      let count = values.scalars.count { !$0.isFinite }
      return (
        name,
        "\(file): the tensor \(Failure.quote(name)) has \(count) of \(values.count) values that are "
          + "not finite (NaN or infinite)"
      )
    }
  }
}
