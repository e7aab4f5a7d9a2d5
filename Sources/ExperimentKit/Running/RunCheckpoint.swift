import Store
import Tensors

/// Everything that a run needs to go on after an interruption.
struct RunCheckpoint {
  /// The outcome of a finished phase.
  struct FinishedPhase {
    let steps: Int
    let tensors: [String: StoredTensor]
  }

  /// The phase that is under way.
  struct RunningPhase {
    let phase: String
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
  var running: RunningPhase?
  var recorded = Recorded()
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

  static let format = "modlab-checkpoint-1"

  /// Writes the checkpoint, keeping the one before as `<name>.previous` unless it is damaged.
  mutating func write(to path: String, header: Header, operations: any FileOperations) throws {
    var tensors = recorded.rows.tensors
    for (phase, result) in finished {
      for (name, tensor) in result.tensors { tensors["phase/\(phase)/\(name)"] = tensor }
    }
    var metadata = header.metadata(format: Self.format)
    metadata["finished"] =
      JSONValue.object(finished.mapValues { .integer($0.steps) }).serialized()
    metadata["tables"] = recorded.rows.declarations.serialized()
    metadata["notes"] = JSONValue.object(recorded.notes).serialized()
    if let running {
      for (name, tensor) in running.tensors { tensors["state/\(name)"] = tensor }
      for (name, tensor) in running.recorded.rows.tensors { tensors["running/\(name)"] = tensor }
      metadata["phase"] = running.phase
      metadata["step"] = String(running.step)
      metadata["steps"] = String(running.steps)
      metadata["running_tables"] = running.recorded.rows.declarations.serialized()
      metadata["running_notes"] = JSONValue.object(running.recorded.notes).serialized()
    }
    // A damaged file must not take the place of the good previous one.
    try Checkpoint.write(
      tensors, metadata: metadata, to: path, keepPrevious: isFileGood, operations: operations)
    isFileGood = true
  }

  /// Reads a checkpoint.
  ///
  /// - Returns: nil when there is none; warnings go to `warn`.
  /// - Throws: ``Failure`` (corrupt) when it is damaged or belongs to another run.
  static func read(
    from path: String, header: Header, warn: (String) -> Void
  ) throws -> RunCheckpoint? {
    guard Folder.exists(path) else { return nil }
    let file = try Checkpoint.read(path)
    if let warning = file.warning { warn(warning.description) }
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
    recorded.rows = try ResultRows(
      tensors: file.tensors, declarations: json("tables"), file: path)
    recorded.notes = try json("notes").objectValue ?? [:]
    guard let phase = metadata["phase"] else { return }
    guard let step = metadata["step"].flatMap(Int.init), step >= 0,
      let steps = metadata["steps"].flatMap(Int.init), step <= steps
    else {
      throw Failure(.corrupt, "\(path) does not tell the step of \(Failure.quote(phase))")
    }
    running = RunningPhase(
      phase: phase, steps: steps, step: step, tensors: tensors("state/"),
      recorded: Recorded(
        rows: try ResultRows(
          tensors: tensors("running/"), declarations: json("running_tables"), file: path),
        notes: try json("running_notes").objectValue ?? [:]))
  }
}
