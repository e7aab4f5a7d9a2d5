import ExperimentKit
import Experiments
import Store
import Tensors
import TestSupport
import Testing

/// Studies of own networks in a temporary folder, with data that the test writes.
struct OwnStudies {
  /// Where the data are.
  let folder: String

  /// Calls `body` with an empty folder.
  static func inFolder<Result>(_ body: (OwnStudies) throws -> Result) throws -> Result {
    try withTemporaryFolder { try body(OwnStudies(folder: $0)) }
  }

  // MARK: - Data

  /// Numbers that look random and are the same everywhere.
  static func noise(_ count: Int, _ name: String) -> [Float] {
    (RandomSource(seed: 7).stream(name).normal([count]) as Tensor<Float>).scalars
  }

  /// Writes vectors of 6 numbers of three classes, by the largest of the first three numbers:
  /// `NAME.safetensors#x` and `#y`.
  func writeVectors(_ name: String = "vectors", count: Int = 60) throws {
    let x = Self.noise(count * 6, name)
    let y = (0..<count).map { row in
      Int64((0..<3).max { x[row * 6 + $0] < x[row * 6 + $1] } ?? 0)
    }
    try Safetensors.write(
      ["x": .float32(Tensor(x, shape: [count, 6])), "y": .int64(y, [count])],
      to: "\(folder)/\(name).safetensors")
  }

  /// Writes a text.
  func write(_ name: String, _ text: String) throws {
    try AtomicFile.write(text, to: "\(folder)/\(name)")
  }

  /// Writes the bytes of an array as NumPy does.
  func writeNPY(_ name: String, _ descr: String, _ shape: [Int], _ content: [UInt8]) throws {
    try AtomicFile.write(Self.npy(descr, shape, content), to: "\(folder)/\(name)")
  }

  /// The bytes of an array as NumPy writes them.
  static func npy(_ descr: String, _ shape: [Int], _ content: [UInt8]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(extents)), }"
    header += String(repeating: " ", count: -(header.utf8.count + 11) & 63) + "\n"
    let length = header.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)]
      + Array(header.utf8) + content
  }

  // MARK: - Runs

  /// What all tiny studies have in common.
  static let short = """
    pretrain: {steps: 30, batch: 16, lr: 0.01}
    mask: {steps: 12, batch: 16, lr: 0.3}
    log-every: 10
    """

  /// A study of a small network of vectors.
  static func vectors(_ rest: String, data: String = "vectors") -> String {
    """
    schema: 1
    experiment: own-network
    network: {input: [6], layers: [{linear: fc1, outputs: 8}, relu, {linear: fc2, outputs: 3}]}
    data:
      train: {inputs: "\(data).safetensors#x", targets: "\(data).safetensors#y"}
      test: {inputs: "\(data).safetensors#x", targets: "\(data).safetensors#y"}
    \(short)
    \(rest)
    controls: off
    """
  }

  /// The prepared run of a manifest.
  func prepare(_ manifest: String) throws -> (kind: any Kind, prepared: any PreparedRun) {
    let manifest = try Manifest(text: manifest, path: "m.yaml", registry: AllKinds.registry)
    let variant = try #require(manifest.resolve(profile: "quick").first)
    // As a worker does: from the recorded configuration.
    return (manifest.kind, try manifest.kind.prepare(json: variant.configuration))
  }

  /// Looks at the files of a manifest, as it is done before anything runs.
  func check(_ manifest: String) throws {
    try prepare(manifest).prepared.checkFiles(seed: 0, dataFolder: folder)
  }

  /// Runs a manifest in memory.
  func run(_ manifest: String, seed: Int = 0) throws -> RunContext {
    let (kind, prepared) = try prepare(manifest)
    let context = try RunContext(seed: seed, kind: kind, dataFolder: folder)
    try prepared.run(context)
    return context
  }

  /// What is wrong with a manifest or its files, with the folder taken out.
  func failure(_ manifest: String) -> String {
    do {
      try check(manifest)
      return "nothing"
    } catch {
      return "\(error)".replacing(folder + "/", with: "")
    }
  }
}
