import Store
import Tensors

/// The outcome of a phase in the folder that all runs share.
struct CacheEntry {
  static let format = "modlab-cache-1"

  let phase: String
  let steps: Int
  let seed: Int
  /// Everything that the outcome depends on, as canonical JSON.
  let key: String
  /// The file.
  let path: String
  /// The lock of whoever computes the entry.
  let lockPath: String

  /// Names the entry of a key and a seed.
  ///
  /// - Parameter data: digests of the data files that were read, by their path.
  init(
    folder: String, key: JSONValue, phase: String, steps: Int, seed: Int, environment: String,
    data: [String: String]
  ) {
    var members: [String: JSONValue] = [
      "format": .string(Self.format), "key": key, "phase": .string(phase),
      "steps": .integer(steps), "rng": .string(RandomSource.scheme),
      "environment": .string(environment),
    ]
    if !data.isEmpty { members["data"] = .object(data.mapValues { .string($0) }) }
    let complete = JSONValue.object(members)
    self.phase = phase
    self.steps = steps
    self.seed = seed
    self.key = complete.serialized()
    let name = "\(ConfigurationHash.of(complete))-\(RunIdentity.seedFolderName(seed))"
    path = "\(folder)/\(name).safetensors"
    lockPath = "\(folder)/\(name).lock"
  }

  /// Stores the outcome.
  func write(
    _ tensors: [String: StoredTensor], recorded: RunCheckpoint.Recorded,
    operations: any FileOperations
  ) throws {
    var all = recorded.rows.tensors
    for (name, tensor) in tensors { all["result/\(name)"] = tensor }
    let metadata = [
      "format": Self.format, "key": key, "seed": String(seed),
      "tables": recorded.rows.declarations.serialized(),
      "notes": JSONValue.object(recorded.notes).serialized(),
    ]
    try Checkpoint.write(
      all, metadata: metadata, to: path, keepPrevious: false, operations: operations)
  }

  /// Reads the outcome.
  ///
  /// - Throws: ``Failure`` (corrupt) when the file is damaged or holds something else.
  func read() throws -> (tensors: [String: StoredTensor], recorded: RunCheckpoint.Recorded) {
    let file = try Checkpoint.read(path)
    for (name, value) in ["format": Self.format, "key": key, "seed": String(seed)] {
      guard file.metadata[name] == value else {
        throw Failure(.corrupt, "\(path) holds something else: its \(name) differs")
      }
    }
    func json(_ key: String) throws -> JSONValue {
      try JSONValue.parse(file.metadata[key] ?? "{}", file: "\(path): \(key)")
    }
    let recorded = RunCheckpoint.Recorded(
      rows: try ResultRows(tensors: file.tensors, declarations: json("tables"), file: path),
      notes: try json("notes").objectValue ?? [:])
    var tensors: [String: StoredTensor] = [:]
    for (name, tensor) in file.tensors where name.hasPrefix("result/") {
      tensors[String(name.dropFirst("result/".count))] = tensor
    }
    return (tensors, recorded)
  }
}
