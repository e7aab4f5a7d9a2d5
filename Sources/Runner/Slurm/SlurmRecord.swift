import Store

/// The arrays that Slurm has been given for an experiment: `slurm.json` in its folder.
///
/// Written before an array is submitted, so that a submission whose sender died is found again by
/// its name; taken away when all its tasks have ended and their runs say so.
struct SlurmRecord: Sendable, Equatable {
  /// A task of an array and the run it computes.
  struct Task: Sendable, Equatable {
    /// `SLURM_ARRAY_TASK_ID`.
    var index: Int
    /// The run.
    var run: RunName
    /// How often the run had been started before; tells what the task itself has written.
    var attempts: Int
    /// Seconds that the run had taken before.
    var seconds: Double
    /// Whether modlab itself has cancelled the task, so that its run has not failed.
    var isCancelled = false
  }

  /// One submission.
  struct Submission: Sendable, Equatable {
    /// A name that no other submission has.
    var name: String
    /// The number of the job; nil while it is not known whether Slurm has it.
    var job: String?
    /// When it was submitted, UTC.
    var submitted: String
    /// The options of the user, to submit more of the same sweep.
    var arguments: [String]
    /// The tasks that compute runs of this experiment.
    var tasks: [Task]
  }

  /// The submissions, oldest first.
  var submissions: [Submission] = []

  static let schema = "modlab-slurm-1"

  /// Notes that modlab has cancelled the task of a run.
  mutating func markCancelled(_ run: RunName, in name: String) {
    for index in submissions.indices where submissions[index].name == name {
      for task in submissions[index].tasks.indices
      where submissions[index].tasks[task].run == run {
        submissions[index].tasks[task].isCancelled = true
      }
    }
  }
}

// MARK: - File

extension SlurmRecord {
  /// The record as JSON.
  var json: JSONValue {
    let arrays = submissions.map { submission -> JSONValue in
      [
        "name": .string(submission.name), "job": submission.job.map { .string($0) } ?? .null,
        "submitted": .string(submission.submitted),
        "arguments": .array(submission.arguments.map { .string($0) }),
        "tasks": .array(submission.tasks.map(\.json)),
      ]
    }
    return ["schema": .string(Self.schema), "arrays": .array(arrays)]
  }

  init(json: JSONValue, experiment: String, file: String) throws {
    let reader = MemberReader(json, file: file)
    try reader.check(schema: Self.schema)
    submissions = try reader.array("arrays").map { array in
      let reader = MemberReader(array, file: file)
      return Submission(
        name: try reader.text("name"), job: array["job"]?.stringValue,
        submitted: try reader.text("submitted"),
        arguments: try reader.array("arguments").compactMap(\.stringValue),
        tasks: try reader.array("tasks").map {
          try Task(json: $0, experiment: experiment, file: file)
        })
    }
  }

  /// Reads the record of an experiment; an empty one when there is none.
  ///
  /// - Throws: ``Failure`` (corrupt) when it is damaged.
  static func read(_ folder: StudyFolder) throws -> SlurmRecord {
    let path = folder.slurmFile
    guard Folder.exists(path) else { return SlurmRecord() }
    do {
      let bytes = try InputFile.bytes(at: path, maximumSize: 256 << 20, missing: .corrupt)
      return try SlurmRecord(
        json: JSONValue.parse(bytes, file: path), experiment: folder.name, file: path)
    } catch var failure as Failure where failure.exitCode == .corrupt {
      failure.help =
        failure.help ?? "make sure with squeue that no array of this sweep is left, and remove it"
      throw failure
    }
  }

  /// Writes the record, or removes the file when there is nothing to say.
  ///
  /// - Throws: ``Failure`` (input/output).
  func write(_ folder: StudyFolder) throws {
    let path = folder.slurmFile
    if !submissions.isEmpty {
      try AtomicFile.write(json.serialized(pretty: true), to: path)
    } else if Folder.exists(path) {
      do {
        try AtomicFile.operations.remove(path)
      } catch {
        throw Failure(.inputOutput, "cannot remove \(path)", why: "\(error)")
      }
    }
  }
}

extension SlurmRecord.Task {
  var json: JSONValue {
    [
      "index": .integer(index), "variant": .string(run.variant), "hash": .string(run.hash),
      "seed": .integer(run.seed), "attempts": .integer(attempts), "seconds": .number(seconds),
      "cancelled": .bool(isCancelled),
    ]
  }

  init(json: JSONValue, experiment: String, file: String) throws {
    let reader = MemberReader(json, file: file)
    index = try reader.integer("index")
    let name = RunName(
      study: experiment, variant: try reader.text("variant"),
      hash: try reader.text("hash"), seed: try reader.integer("seed"))
    // Becomes a path.
    guard RunName.isFolderName(name.configurationName), name.seed >= 0 else {
      throw reader.failure("\(Failure.quote("\(name)")) is not the name of a run")
    }
    run = name
    attempts = try reader.integer("attempts")
    seconds = try reader.number("seconds")
    isCancelled = json["cancelled"]?.boolValue ?? false
  }
}

extension StudyFolder {
  /// The arrays that Slurm has been given.
  var slurmFile: String { path + "/slurm.json" }
}

extension OutputFolder {
  /// The folder of everything that the tasks of a submission need.
  func slurm(_ submission: String) -> String { "\(slurm)/\(submission)" }
  /// The folder of all submissions.
  var slurm: String { root + "/slurm" }
}
