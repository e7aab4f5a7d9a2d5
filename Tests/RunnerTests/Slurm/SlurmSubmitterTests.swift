import Foundation
import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct SlurmSubmitterTests {
  private func withPlan(
    seeds: [Int] = [0, 1], _ body: (Walks, FakeSlurm, Plan) throws -> Void
  ) throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try Folder.create(at: walks.folder.runs)
      try body(walks, FakeSlurm(path), Plan.make(walks.request(seeds: seeds)))
    }
  }

  private func submit(
    _ walks: Walks, _ slurm: FakeSlurm, _ runs: [PlannedRun], options: [String] = [],
    limit: Int? = nil, environment: [String: String] = [:]
  ) throws -> [String] {
    var jobs: [String] = []
    try SlurmSubmitter(
      output: walks.output, client: slurm.client, options: SlurmOptions(options), limit: limit,
      dataFolder: "data", heartbeat: 30, environment: environment
    ).submit(runs) { job, count, _ in jobs.append("\(job):\(count)") }
    return jobs
  }

  @Test func anArrayIsSubmittedWithTheOptionsOfTheUser() throws {
    try withPlan { walks, slurm, plan in
      #expect(
        try submit(walks, slurm, plan.runs, options: ["time=5,cpus-per-task=2"], limit: 3)
          == ["12:4"])
      let call = try #require(slurm.calls("sbatch").first)
      let words = call.split(separator: " ").map(String.init)
      #expect(words.contains("--array=0-3%3"))
      // The user's options come later than modlab's defaults, so that they win.
      let one = try #require(words.firstIndex(of: "--cpus-per-task=1"))
      let two = try #require(words.firstIndex(of: "--cpus-per-task=2"))
      #expect(one < two)
      let record = try SlurmRecord.read(walks.folder)
      #expect(record.submissions.map(\.job) == ["12"])
      #expect(record.submissions[0].tasks.map(\.run) == plan.runs.map(\.name))
      #expect(record.submissions[0].arguments == ["--time=5", "--cpus-per-task=2"])
      #expect(words.contains("--job-name=\(record.submissions[0].name)"))
      let folder = SlurmFolder(walks.output, record.submissions[0].name)
      #expect(words.last == folder.scriptFile)
      let list = try SlurmTaskList.read(folder.listFile)
      #expect(list.tasks.map(list.name) == plan.runs.map(\.name))
      #expect(list.dataFolder.hasPrefix("/"))
    }
  }

  @Test func theArrayIsOnRecordBeforeSlurmHearsOfIt() throws {
    try withPlan { walks, slurm, plan in
      try slurm.program("sbatch", "cp \(walks.folder.slurmFile) $D/before; echo 12")
      _ = try submit(walks, slurm, plan.runs)
      let before = try JSONValue.parse(walks.text(slurm.folder + "/before"), file: "before")
      #expect(before["arrays"]?[0]?["job"]?.isNull == true)
      #expect(
        before["arrays"]?[0]?["name"]?.stringValue
          == (try SlurmRecord.read(walks.folder)).submissions[0].name)
    }
  }

  @Test func anArrayIsNoLargerThanSlurmAllows() throws {
    try withPlan { walks, slurm, plan in
      try slurm.program("scontrol", "echo 'MaxArraySize = 3'")
      try slurm.program("sbatch", "wc -l < $D/sbatch.calls")
      #expect(try submit(walks, slurm, plan.runs) == ["1:3", "2:1"])
      #expect(slurm.calls("sbatch").map { $0.contains("--array=0-2") } == [true, false])
      #expect(slurm.calls("sbatch")[1].contains("--array=0-0"))
      #expect(try SlurmRecord.read(walks.folder).submissions.map(\.tasks.count) == [3, 1])
      try slurm.program("scontrol", "echo 'MaxArraySize = 0'")
      #expect(throws: Failure.self) { try submit(walks, slurm, plan.runs) }
    }
  }

  @Test func nothingIsLeftOfARefusal() throws {
    try withPlan { walks, slurm, plan in
      try slurm.program("sbatch", "echo 'sbatch: error: no' >&2; exit 1")
      let failure = #expect(throws: Failure.self) { try submit(walks, slurm, plan.runs) }
      #expect(failure?.exitCode == .usage)
      #expect(!Folder.exists(walks.folder.slurmFile))
      #expect(!Folder.exists(walks.output.slurm))
    }
  }

  @Test func anAnswerThatGotLostIsFoundInTheQueue() throws {
    try withPlan { walks, slurm, plan in
      try slurm.program("sbatch", "echo 'sbatch: error: Socket timed out' >&2; exit 1")
      try slurm.program(
        "squeue", "echo \"31|0|PENDING|None|$(echo \"$*\" | sed 's/.*--name=//')\"")
      #expect(try submit(walks, slurm, plan.runs) == ["31:4"])
      #expect(try SlurmRecord.read(walks.folder).submissions.map(\.job) == ["31"])
    }
  }

  @Test func anArrayOfUnknownFateStaysOnRecord() throws {
    try withPlan { walks, slurm, plan in
      try slurm.program("sbatch", "echo 'sbatch: error: Socket timed out' >&2; exit 1")
      let failure = #expect(throws: Failure.self) { try submit(walks, slurm, plan.runs) }
      #expect(failure?.exitCode == .inputOutput)
      #expect(try SlurmRecord.read(walks.folder).submissions.map(\.job) == [nil])
    }
  }

  @Test func theScriptTakesChoicesOfTheUserAlong() throws {
    try withPlan { walks, slurm, plan in
      let environment = [
        "OPENBLAS_CORETYPE": "Haswell", "MODLAB_KERNELS": "it's", "SECRET": "x",
      ]
      _ = try submit(walks, slurm, plan.runs, environment: environment)
      let name = try SlurmRecord.read(walks.folder).submissions[0].name
      let script = SlurmFolder(walks.output, name).scriptFile
      let text = try walks.text(script)
      #expect(text.contains("export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1\n"))
      #expect(text.contains("export OPENBLAS_CORETYPE='Haswell'\n"))
      #expect(text.contains("export MODLAB_KERNELS='it'\\''s'\n"))
      #expect(!text.contains("SECRET"))
      #expect(text.contains(" slurm-task '"))
      let check = try ExternalCommand(
        name: "sh", arguments: ["-n", script], environment: ["PATH": "/usr/bin:/bin"]
      ).run()
      #expect(check == .init(status: 0, output: "", error: ""))
    }
  }
}
