import ExperimentKit
import Foundation
import Store

/// What the tasks of an array compute: `tasks.json`, read by every task.
struct SlurmTaskList: Sendable, Equatable {
  /// One run.
  struct Task: Sendable, Equatable {
    /// Position in the list of configurations.
    var configuration: Int
    var seed: Int
    /// Whether what earlier attempts left is to be forgotten.
    var startsAnew: Bool
    /// How often the run had been started before.
    var attempts: Int
  }

  /// The output folder, absolute.
  var output: String
  /// Folder of the data sets, absolute.
  var dataFolder: String
  /// Seconds between heartbeats in the output of a task.
  var heartbeat: Double
  /// The program at the time of the submission.
  var program: ProgramStamp
  /// What the runs of one configuration have in common.
  var assignments: [Assignment]
  /// The tasks by their index.
  var tasks: [Task]

  static let schema = "modlab-slurm-tasks-2"

  /// Lists the runs of a plan.
  init(
    _ runs: [PlannedRun], output: String, dataFolder: String, heartbeat: Double,
    program: ProgramStamp
  ) {
    self.output = output
    self.dataFolder = dataFolder
    self.heartbeat = heartbeat
    self.program = program
    assignments = []
    tasks = []
    var positions: [String: Int] = [:]
    for run in runs {
      guard let assignment = run.assignment else {
        preconditionFailure("a superseded run has no task")
      }
      let key = "\(run.name.study)/\(run.name.configurationName)"
      if positions[key] == nil {
        positions[key] = assignments.count
        assignments.append(assignment)
      }
      tasks.append(
        Task(
          configuration: positions[key, default: 0], seed: run.name.seed,
          startsAnew: run.startsAnew, attempts: run.attempts))
    }
  }

  /// The run of a task.
  func name(_ task: Task) -> RunName {
    assignments[task.configuration].run(seed: task.seed)
  }
}

/// What tells one build of a program from another.
struct ProgramStamp: Sendable, Equatable {
  var path: String
  var size: Int
  /// Time of the last change in nanoseconds since 1970.
  var modified: Int

  /// The stamp of a file, nil when there is none.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.path = path
    size = Int(status.st_size)
    modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
  }

  init(path: String, size: Int, modified: Int) {
    self.path = path
    self.size = size
    self.modified = modified
  }

  /// The file of the program that is running now.
  static func ofThisProgram() throws -> ProgramStamp {
    let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    guard let stamp = ProgramStamp(path: path) else {
      throw Failure(
        .inputOutput, "the file of this program is gone", why: Failure.quote(path: path),
        help: "start it again after building it")
    }
    return stamp
  }
}

extension RunName {
  /// Whether a text can be the folder of a configuration and nothing else.
  static func isFolderName(_ text: String) -> Bool {
    parse(configurationName: text) != nil && !text.contains("/") && !text.hasPrefix(".")
  }
}

// MARK: - File

extension SlurmTaskList {
  var json: JSONValue {
    [
      "schema": .string(Self.schema), "output": .string(output),
      "data_folder": .string(dataFolder), "heartbeat": .number(heartbeat),
      "program": [
        "path": .string(program.path), "size": .integer(program.size),
        "modified": .integer(program.modified),
      ],
      "configurations": .array(
        assignments.map {
          [
            "study": .string($0.study), "identity": $0.identity.json,
            "steps": .array($0.steps.map(\.json)),
            "checkpoint_interval": .number($0.checkpointInterval),
          ]
        }),
      "tasks": .array(
        tasks.map {
          [
            "configuration": .integer($0.configuration), "seed": .integer($0.seed),
            "starts_anew": .bool($0.startsAnew), "attempts": .integer($0.attempts),
          ]
        }),
    ]
  }

  init(json: JSONValue, file: String) throws {
    let reader = MemberReader(json, file: file)
    try reader.check(schema: Self.schema)
    output = try reader.text("output")
    dataFolder = try reader.text("data_folder")
    heartbeat = try reader.number("heartbeat")
    let stamp = MemberReader(try reader.value("program"), file: file)
    program = ProgramStamp(
      path: try stamp.text("path"), size: try stamp.integer("size"),
      modified: try stamp.integer("modified"))
    assignments = try reader.array("configurations").map { value in
      let reader = MemberReader(value, file: file)
      let identity = try RunIdentity(json: reader.value("identity"), file: file)
      // Becomes a path.
      guard RunName.isFolderName(identity.folderName) else {
        throw reader.failure(
          "\(Failure.quote(identity.folderName)) is not the name of a configuration")
      }
      return Assignment(
        study: try reader.text("study"), identity: identity,
        steps: try reader.array("steps").map { value in
          guard let step = RunStep(json: value) else { throw reader.failure("a step is damaged") }
          return step
        },
        checkpointInterval: try reader.number("checkpoint_interval"))
    }
    let count = assignments.count
    tasks = try reader.array("tasks").map { value in
      let reader = MemberReader(value, file: file)
      let task = Task(
        configuration: try reader.integer("configuration"), seed: try reader.integer("seed"),
        startsAnew: value["starts_anew"]?.boolValue ?? false,
        attempts: try reader.integer("attempts"))
      guard (0..<count).contains(task.configuration), task.seed >= 0 else {
        throw reader.failure("a task names no configuration")
      }
      return task
    }
  }

  static func read(_ path: String) throws -> SlurmTaskList {
    let bytes = try InputFile.bytes(at: path, maximumSize: 256 << 20, missing: .corrupt)
    return try SlurmTaskList(json: JSONValue.parse(bytes, file: path), file: path)
  }
}
