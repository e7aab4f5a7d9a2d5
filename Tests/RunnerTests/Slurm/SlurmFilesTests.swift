import ExperimentKit
import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct SlurmRecordTests {
  private func submission(_ run: RunName) -> SlurmRecord.Submission {
    SlurmRecord.Submission(
      name: "modlab-walk-1", job: "12", submitted: "2026-01-02T03:04:05Z",
      arguments: ["--time=5"],
      tasks: [.init(index: 3, run: run, attempts: 2, seconds: 1.5, isCancelled: true)])
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    try withTemporaryFolder { path in
      let folder = StudyFolder(path: path + "/walk")
      try Folder.create(at: folder.path)
      #expect(try SlurmRecord.read(folder).submissions.isEmpty)
      let run = RunName(study: "walk", variant: "slow", hash: "0123456789", seed: 4)
      var record = SlurmRecord(submissions: [submission(run)])
      record.submissions.append(submission(run))
      record.submissions[1].job = nil
      try record.write(folder)
      #expect(try SlurmRecord.read(folder) == record)
      record.submissions = []
      try record.write(folder)
      #expect(!Folder.exists(folder.slurmFile))
    }
  }

  @Test(arguments: ["../../x", "a/b", ".hidden"])
  func namesCannotLeaveTheFolder(variant: String) throws {
    try withTemporaryFolder { path in
      let folder = StudyFolder(path: path)
      let run = RunName(study: "walk", variant: variant, hash: "0123456789", seed: 4)
      try SlurmRecord(submissions: [submission(run)]).write(folder)
      let failure = #expect(throws: Failure.self) { try SlurmRecord.read(folder) }
      #expect(failure?.exitCode == .corrupt)
    }
  }

  @Test(arguments: ["", "{", "[]", #"{"schema":"modlab-slurm-2","arrays":[]}"#])
  func aDamagedRecordIsAnError(text: String) throws {
    try withTemporaryFolder { path in
      let folder = StudyFolder(path: path)
      try AtomicFile.write(text, to: folder.slurmFile)
      let failure = #expect(throws: Failure.self) { try SlurmRecord.read(folder) }
      #expect(failure?.exitCode == .corrupt)
      #expect(failure?.help != nil)
    }
  }
}

@Suite struct SlurmTaskListTests {
  @Test func configurationsAreListedOnce() throws {
    try withTemporaryFolder { path in
      let plan = try Plan.make(Walks(path).request(seeds: [0, 7]))
      let list = SlurmTaskList(
        plan.runs, output: path, dataFolder: "/data", heartbeat: 30,
        program: try .ofThisProgram())
      #expect(list.assignments.count == 2)
      #expect(list.tasks.map(list.name) == plan.runs.map(\.name))
      let json = try JSONValue.parse(list.json.serialized(), file: "tasks.json")
      #expect(try SlurmTaskList(json: json, file: "tasks.json") == list)
      var members = try #require(json.objectValue)
      members["configurations"] = []
      #expect(throws: Failure.self) {
        try SlurmTaskList(json: .object(members), file: "tasks.json")
      }
    }
  }

  @Test func aProgramThatWasBuiltAnewHasAnotherStamp() throws {
    try withTemporaryFolder { path in
      let file = path + "/program"
      #expect(ProgramStamp(path: file) == nil)
      try AtomicFile.write("1", to: file)
      let first = ProgramStamp(path: file)
      #expect(first == ProgramStamp(path: file))
      try AtomicFile.write("22", to: file)
      #expect(ProgramStamp(path: file) != first)
    }
  }
}

@Suite struct SlurmTaskTests {
  /// A worker that says what it was given.
  private static let worker = """
    read line; echo "$line" > $OUT
    echo '{"message":"finished","status":"'$STATE'","seconds":1,"error":null}'
    """

  private func perform(
    _ walks: Walks, _ runs: [PlannedRun], task: String?, state: String = "complete",
    program: ProgramStamp? = nil, environment: [String: String] = [:]
  ) throws -> (code: ExitCode, output: String, specification: WorkerSpecification?) {
    let stamp = try ProgramStamp.ofThisProgram()
    let list = SlurmTaskList(
      runs, output: walks.output.root, dataFolder: "/data", heartbeat: 30, program: stamp)
    try Folder.create(at: walks.root)
    let path = walks.root + "/tasks.json"
    try AtomicFile.write(list.json.serialized(), to: path)
    let seen = walks.root + "/seen"
    try AtomicFile.write("", to: seen)
    var output = ""
    let code = try SlurmTask.run(
      listPath: path,
      environment: environment.merging(task.map { ["SLURM_ARRAY_TASK_ID": $0] } ?? [:]) { $1 },
      command: WorkerCommand(
        executable: "/bin/sh", arguments: ["-c", Self.worker],
        environment: ["PATH": "/usr/bin:/bin", "OUT": seen, "STATE": state]),
      program: program ?? stamp, write: { output += $0 })
    let text = try walks.text(seen)
    let json: JSONValue? = text.isEmpty ? .none : try JSONValue.parse(text, file: "seen")
    return (code, output, try json.map { try WorkerSpecification(json: $0) })
  }

  @Test func aTaskComputesItsRun() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let runs = try Plan.make(walks.request(seeds: [0, 7])).runs
      let (code, output, specification) = try perform(walks, runs, task: "1")
      #expect(code == .success)
      #expect(specification?.seed == 7)
      #expect(specification?.runFolder == walks.folder.run(runs[1].name).path)
      #expect(specification?.cacheFolder == walks.output.cache)
      #expect(specification?.identity == runs[1].assignment?.identity)
      #expect(specification?.dataFolder == "/data")
      #expect(output.contains("complete walk/"))
      #expect(try perform(walks, runs, task: "1", state: "failed").code == .runFailed)
    }
  }

  @Test func aTaskHasAsManyThreadsAsCores() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let runs = try Plan.make(walks.request(seeds: [0])).runs
      for (cores, threads) in [("", 1), ("1", 1), ("6", 6), ("many", 1)] {
        let environment = cores.isEmpty ? [:] : ["SLURM_CPUS_PER_TASK": cores]
        let (_, _, specification) = try perform(walks, runs, task: "0", environment: environment)
        #expect(specification?.threads == threads)
      }
    }
  }

  @Test func aCompleteRunIsNotComputedAgain() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let request = try walks.request(seeds: [0], only: "slow")
      try walks.compute(request)
      let (code, output, specification) = try perform(
        walks, try Plan.make(request).runs, task: "0")
      #expect(code == .success)
      #expect(specification == nil)
      #expect(output.contains("is complete already"))
    }
  }

  @Test func aTaskThatWasPutBackDoesNotForgetItsOwnWork() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let failing = try walks.request(seeds: [0], sets: ["walk.end=diverge"], only: "slow*")
      try walks.compute(failing)
      var again = failing
      again.retry = [.diverged]
      let runs = try Plan.make(again).runs
      #expect(runs[0].startsAnew && runs[0].attempts == 1)
      #expect(try perform(walks, runs, task: "0").specification?.startsAnew == true)
      // The second attempt has begun and was put back.
      let file = walks.folder.run(runs[0].name).statusFile
      var status = try RunStatus.read(file)
      status.state = .interrupted
      status.attempts = 2
      try status.write(to: file)
      #expect(try perform(walks, runs, task: "0").specification?.startsAnew == false)
    }
  }

  @Test(arguments: [nil, "", "x", "2", "-1"])
  func anIndexMustName(task: String?) throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let runs = try Plan.make(walks.request(seeds: [0])).runs
      let failure = #expect(throws: Failure.self) { try perform(walks, runs, task: task) }
      #expect(failure?.exitCode == .usage)
    }
  }

  @Test func anotherProgramComputesNothing() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let runs = try Plan.make(walks.request(seeds: [0])).runs
      let failure = #expect(throws: Failure.self) {
        try perform(
          walks, runs, task: "0", program: ProgramStamp(path: "/x", size: 1, modified: 2))
      }
      #expect(failure?.what == "the program has changed since the array was submitted")
    }
  }
}
