import Store
import Tensors

/// Everything that a run needs to go on after an interruption.
struct RunCheckpoint {
  /// The outcome of a finished phase or evaluation.
  struct FinishedPhase {
    let steps: Int
    let tensors: [String: StoredTensor]
  }

  /// A phase that is under way.
  struct RunningPhase {
    let steps: Int
    /// Number of finished steps.
    let step: Int
    let tensors: [String: StoredTensor]
    /// Rows and notes that the body has recorded, kept for the shared cache.
    let recorded: Recorded
  }

  /// Rows and notes.
  struct Recorded {
    var rows = ResultRows()
    var notes: [String: JSONValue] = [:]
  }

  var finished: [String: FinishedPhase] = [:]
  /// By name; only independent phases are under way at the same time.
  var running: [String: RunningPhase] = [:]
  var recorded = Recorded()
  /// Digests of the data files that everything else was computed from, by their path within the
  /// folder of the data sets; nil before the first step.
  var data: [String: String]?
  /// Whether the file that the next checkpoint replaces is good; only then is it kept.
  var isFileGood = true
}

// MARK: - File

extension RunCheckpoint {
  /// What the metadata say besides the state: whose checkpoint it is and how it was computed.
  struct Header {
    let identity: RunIdentity?
    let seed: Int
    let environment: String
  }

  /// Name of the file in the folder of a run.
  static let fileName = "checkpoint.safetensors"

  /// Raised when the steps of runs or what is stored of them change; a run with a checkpoint of
  /// another format starts anew.
  static let format = "modlab-checkpoint-2"
  private static let formats = "modlab-checkpoint-"

  /// Writes the checkpoint, keeping the one before as `<name>.previous` unless it is damaged.
  mutating func write(to path: String, header: Header, operations: any FileOperations) throws {
    var tensors = recorded.rows.tensors
    for (phase, result) in finished {
      for (name, tensor) in result.tensors { tensors["phase/\(phase)/\(name)"] = tensor }
    }
    var metadata = header.metadata(format: Self.format)
    metadata["finished"] =
      JSONValue.object(finished.mapValues { .integer($0.steps) }).serialized()
    metadata["data"] =
      JSONValue.object((data ?? [:]).mapValues { .string($0) }).serialized()
    metadata["tables"] = recorded.rows.declarations.serialized()
    metadata["notes"] = JSONValue.object(recorded.notes).serialized()
    for (phase, state) in running {
      for (name, tensor) in state.tensors { tensors["state/\(phase)/\(name)"] = tensor }
      for (name, tensor) in state.recorded.rows.tensors {
        tensors["running/\(phase)/\(name)"] = tensor
      }
    }
    metadata["running"] = JSONValue.object(running.mapValues(\.facts)).serialized()
    // A damaged file must not take the place of the good previous one.
    try Checkpoint.write(
      tensors, metadata: metadata, to: path, keepPrevious: isFileGood, operations: operations)
    isFileGood = true
  }

  /// Reads a checkpoint.
  ///
  /// - Returns: nil when there is none, an empty one when the file was written by another version of
  ///   the program; warnings go to `warn`.
  /// - Throws: ``Failure`` (corrupt) when it is damaged or belongs to another run.
  static func read(
    from path: String, header: Header, warn: (String) -> Void
  ) throws -> RunCheckpoint? {
    guard Folder.exists(path) else { return nil }
    let file = try Checkpoint.read(path)
    if let warning = file.warning { warn(warning.description) }
    let found = file.metadata["format"] ?? ""
    if found != format, found.hasPrefix(formats) {
      warn(
        "\(path) was written by another version of modlab and cannot be continued: the run starts "
          + "anew")
      return RunCheckpoint(isFileGood: false)
    }
    try header.verify(file.metadata, format: format, path: path, warn: warn)
    var checkpoint = try RunCheckpoint(file: file, path: path)
    checkpoint.isFileGood = file.warning == nil
    return checkpoint
  }

  private init(file: Checkpoint, path: String) throws {
    let metadata = file.metadata
    func json(_ key: String) throws -> JSONValue {
      try JSONValue.parse(metadata[key] ?? "{}", file: "\(path): \(key)")
    }
    func tensors(_ prefix: String) -> [String: StoredTensor] {
      var result: [String: StoredTensor] = [:]
      for (name, tensor) in file.tensors where name.hasPrefix(prefix) {
        result[String(name.dropFirst(prefix.count))] = tensor
      }
      return result
    }
    for (phase, steps) in try json("finished").objectValue ?? [:] {
      guard let steps = steps.integerValue else {
        throw Failure(.corrupt, "\(path) does not tell the steps of \(Failure.quote(phase))")
      }
      finished[phase] = FinishedPhase(steps: steps, tensors: tensors("phase/\(phase)/"))
    }
    data = (try json("data").objectValue ?? [:]).compactMapValues(\.stringValue)
    recorded.rows = try ResultRows(
      tensors: file.tensors, declarations: json("tables"), file: path)
    recorded.notes = try json("notes").objectValue ?? [:]
    for (phase, facts) in try json("running").objectValue ?? [:] {
      running[phase] = try RunningPhase(
        facts, tensors: tensors("state/\(phase)/"), rows: tensors("running/\(phase)/"),
        file: "\(path): \(phase)")
    }
  }
}

extension RunCheckpoint.RunningPhase {
  /// What the metadata say.
  fileprivate var facts: JSONValue {
    [
      "step": .integer(step), "steps": .integer(steps), "tables": recorded.rows.declarations,
      "notes": .object(recorded.notes),
    ]
  }

  fileprivate init(
    _ facts: JSONValue, tensors: [String: StoredTensor], rows: [String: StoredTensor],
    file: String
  ) throws {
    guard let step = facts["step"]?.integerValue, let steps = facts["steps"]?.integerValue,
      step >= 0, step <= steps
    else {
      throw Failure(.corrupt, "\(file) has no usable step")
    }
    self.init(
      steps: steps, step: step, tensors: tensors,
      recorded: RunCheckpoint.Recorded(
        rows: try ResultRows(
          tensors: rows, declarations: facts["tables"] ?? [:], file: file),
        notes: facts["notes"]?.objectValue ?? [:]))
  }
}
