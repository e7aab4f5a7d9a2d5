import CommandLine
import ExperimentKit
import Masks
import Store
import Tensors

/// The thresholded masks of a file, by stage.
struct MaskFile {
  let path: String
  let metadata: [String: String]
  /// The masks by stage.
  let stages: [String: MaskSet]

  /// Names of the stages in alphabetical order.
  var names: [String] { stages.keys.sorted() }

  /// Reads the tensors `<stage>/<parameter>` of a file; logits are left out.
  ///
  /// - Throws: ``Failure``: data missing, or corrupt when a tensor is no mask.
  init(_ path: String) throws {
    let file = try TensorFile.read(path)
    self.path = path
    metadata = file.metadata
    stages = try StoredMasks(file.tensors, path: path).stages.mapValues { masks in
      MaskSet(masks.mapValues { BinaryMask(bits: $0.bits, shape: $0.shape) })
    }
  }

  /// Writes masks as such a file.
  ///
  /// - Throws: ``Failure`` (input/output).
  static func write(
    _ stages: [String: MaskSet], metadata: [String: String], to path: String
  ) throws {
    var tensors: [String: StoredTensor] = [:]
    for (stage, set) in stages {
      for (name, mask) in set.masks {
        tensors["\(stage)/\(name)"] = .uint8(mask.bits, mask.shape)
      }
    }
    var metadata = TensorFile.metadataWithoutChecksums(metadata)
    metadata["format"] = "modlab-masks-1"
    metadata["stages"] = stages.keys.sorted().joined(separator: ",")
    try Checkpoint.write(tensors, metadata: metadata, to: path, keepPrevious: false)
  }
}

/// What an operand `FILE` or `FILE:STAGE` selects.
struct MaskSelection {
  let file: MaskFile
  /// The stage after the colon.
  let stage: String?

  /// Reads the file of an operand.
  ///
  /// - Throws: ``Failure`` with a suggestion when the file has no such stage.
  init(_ operand: String) throws {
    if let colon = operand.lastIndex(of: ":"), !Folder.exists(operand) {
      let stage = String(operand[operand.index(after: colon)...])
      file = try MaskFile(String(operand[..<colon]))
      guard file.stages[stage] != nil else {
        throw Failure(
          .usage, "\(file.path) has no stage \(Failure.quote(stage))",
          why: "its stages are \(file.names.joined(separator: ", "))",
          help: Suggestion.help(for: stage, among: file.names))
      }
      self.stage = stage
    } else {
      file = try MaskFile(operand)
      stage = file.names.count == 1 ? file.names[0] : nil
    }
  }

  /// The selected stages.
  var sets: [(stage: String, set: MaskSet)] {
    (stage.map { [$0] } ?? file.names).compactMap { name in
      file.stages[name].map { (name, $0) }
    }
  }

  /// Pairs the stages of two operands: the two selected ones, or those of the same names.
  ///
  /// - Throws: ``Failure`` when there is no pair, or when shapes differ.
  static func pairs(
    _ a: MaskSelection, _ b: MaskSelection
  ) throws -> [(a: (stage: String, set: MaskSet), b: (stage: String, set: MaskSet))] {
    let pairs: [(a: (stage: String, set: MaskSet), b: (stage: String, set: MaskSet))]
    if a.stage != nil, b.stage != nil {
      pairs = Array(zip(a.sets, b.sets)).map { (a: $0.0, b: $0.1) }
    } else if a.stage == nil, b.stage == nil {
      pairs = a.sets.compactMap { x in
        b.file.stages[x.stage].map { (a: x, b: (x.stage, $0)) }
      }
    } else {
      let open = a.stage == nil ? a : b
      throw Failure(
        .usage, "\(open.file.path) has several stages",
        why: "its stages are \(open.file.names.joined(separator: ", "))",
        help: "select one: \(open.file.path):\(open.file.names[0])")
    }
    guard !pairs.isEmpty else {
      throw Failure(
        .usage, "\(a.file.path) and \(b.file.path) have no stage in common",
        why: "they have \(a.file.names.joined(separator: ", ")) and "
          + b.file.names.joined(separator: ", "),
        help: "select one of each: \(a.file.path):\(a.file.names[0])")
    }
    for pair in pairs { try checkShapes(pair.a.set, pair.b.set, a.file.path, b.file.path) }
    return pairs
  }

  private static func checkShapes(
    _ a: MaskSet, _ b: MaskSet, _ pathA: String, _ pathB: String
  ) throws {
    let common = a.names.filter { b[$0] != nil }
    guard !common.isEmpty else {
      throw Failure(
        .corrupt, "\(pathA) and \(pathB) mask different networks",
        why: "no parameter has a mask in both")
    }
    for name in common where a[name]?.shape != b[name]?.shape {
      throw Failure(
        .corrupt, "\(pathA) and \(pathB) mask different networks",
        why: "'\(name)' has the shapes \(a[name]?.shape ?? []) and \(b[name]?.shape ?? [])")
    }
  }
}
