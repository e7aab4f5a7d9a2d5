import Foundation
import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct SlurmSurveyTests {
  private static let name = "modlab-walk-1"

  /// Three runs of which an array is on record.
  private func withArray(
    job: String? = "12", cancelled: Set<Int> = [], attempts: Int = 0,
    _ body: (Walks, FakeSlurm, [RunName]) throws -> Void
  ) throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try Folder.create(at: walks.folder.runs)
      let runs = try Plan.make(walks.request(seeds: [0, 1, 2], only: "slow")).runs.map(\.name)
      try record(walks, [submission(job, runs, cancelled: cancelled, attempts: attempts)])
      try body(walks, FakeSlurm(path), runs)
    }
  }

  private func submission(
    _ job: String?, _ runs: [RunName], name: String = Self.name, cancelled: Set<Int> = [],
    attempts: Int = 0
  ) -> SlurmRecord.Submission {
    SlurmRecord.Submission(
      name: name, job: job, submitted: "2026-01-02T03:04:05Z", arguments: ["--time=5"],
      tasks: runs.enumerated().map {
        .init(
          index: $0, run: $1, attempts: attempts, seconds: 0, isCancelled: cancelled.contains($0))
      })
  }

  private func record(_ walks: Walks, _ submissions: [SlurmRecord.Submission]) throws {
    try SlurmRecord(submissions: submissions).write(walks.folder)
  }

  private func survey(
    _ walks: Walks, _ slurm: FakeSlurm, patience: Double = 0
  ) throws -> BatchWork {
    let tasks = try slurm.executor.survey(
      [walks.folder], output: walks.output, patience: patience)
    return BatchWork(tasks, of: slurm.executor)
  }

  @discardableResult
  private func settle(_ walks: Walks, _ slurm: FakeSlurm) throws -> BatchWork {
    try slurm.executor.settle([walks.folder], output: walks.output)
  }

  private func write(
    _ state: RunStatus.State, _ run: RunName, _ walks: Walks, attempts: Int = 1, step: Int = 0
  ) throws {
    var status = RunStatus(state)
    status.attempts = attempts
    status.step = step
    try Folder.create(at: walks.folder.run(run).path)
    try status.write(to: walks.folder.run(run).statusFile)
  }

  private func status(_ run: RunName, _ walks: Walks) throws -> RunStatus {
    try RunStatus.read(walks.folder.run(run).statusFile)
  }

  @Test func whatWaitsOrRunsIsLive() throws {
    try withArray { walks, slurm, runs in
      try slurm.queue([
        "12|0|RUNNING|None|\(Self.name)", "12|1|PENDING|Resources|\(Self.name)",
        "12|2|COMPLETED|None|\(Self.name)",
      ])
      let survey = try survey(walks, slurm)
      #expect(Set(survey.live.keys) == [runs[0], runs[1]])
      #expect(survey.live[runs[1]]?.label == "12_1")
      #expect(survey.liveJobs == ["12"])
      #expect(
        try slurm.executor.inheritedOptions(survey, [walks.folder])
          == SlurmOptions(checked: ["--time=5"]))
      #expect(survey.descriptions == ["array 12: 1 running, 1 pending (Resources)"])
    }
  }

  @Test func aRunThatHasEndedIsNotFollowedAlthoughItsTaskIsJustLeaving() throws {
    try withArray { walks, slurm, runs in
      try slurm.queue(["12|0|COMPLETING|None|\(Self.name)", "12|1|PENDING|None|\(Self.name)"])
      try write(.complete, runs[0], walks)
      // The end of an earlier attempt says nothing about this one.
      try write(.failed, runs[1], walks, attempts: 0)
      #expect(Set(try survey(walks, slurm).live.keys) == [runs[1]])
    }
  }

  @Test func endsAreSettled() throws {
    try withArray(cancelled: [2]) { walks, slurm, runs in
      try slurm.queue(["12|0|TIMEOUT|TimeLimit|\(Self.name)"])
      try write(.interrupted, runs[0], walks, step: 7)
      let survey = try survey(walks, slurm)
      #expect(survey.live.isEmpty)
      #expect(
        survey.failure(of: runs[0], try status(runs[0], walks))?.what
          == "Slurm task 12_0 reached its time limit")
      try settle(walks, slurm)
      let first = try status(runs[0], walks)
      #expect(first.state == .failed)
      #expect(first.error?.what == "Slurm task 12_0 reached its time limit")
      #expect(first.error?.why == "it was asked to end and has saved its state at step 7")
      #expect(first.step == 7 && first.attempts == 1)
      #expect(try walks.text(walks.folder.run(runs[0]).logFile).contains("time limit"))
      // Forgotten without a trace.
      let second = try status(runs[1], walks)
      #expect(second.error?.what == "Slurm no longer knows task 12_1")
      #expect(second.attempts == 1)
      // Cancelled by modlab before it began: as if it had never been.
      #expect(!Folder.exists(walks.folder.run(runs[2]).path))
      #expect(!Folder.exists(walks.folder.slurmFile))
      // Failed runs resume from their checkpoint when they are tried again.
      let again = try walks.request(seeds: [0], only: "slow", retry: [.failed])
      #expect(try Plan.make(again).runs[0].startsAnew == false)
    }
  }

  @Test func aCancelledRunIsInterruptedNotFailed() throws {
    try withArray(cancelled: [0, 1, 2]) { walks, slurm, runs in
      try write(.running, runs[0], walks, step: 3)
      let survey = try survey(walks, slurm)
      #expect(survey.failure(of: runs[0], try status(runs[0], walks)) == nil)
      try settle(walks, slurm)
      #expect(try status(runs[0], walks).state == .interrupted)
      #expect(try status(runs[0], walks).error == nil)
    }
  }

  @Test func theLastWordsOfATaskThatEndedByItselfAreKept() throws {
    try withArray { walks, slurm, runs in
      try slurm.queue(["12|0|FAILED|NonZeroExitCode|\(Self.name)"])
      let folder = SlurmFolder(walks.output, Self.name)
      try Folder.create(at: folder.path)
      try AtomicFile.write("modlab: libopenblas.so.0: cannot open\n", to: folder.outputFile(0))
      try settle(walks, slurm)
      let why = try #require(try status(runs[0], walks).error?.why)
      #expect(why == "the run had not begun\nmodlab: libopenblas.so.0: cannot open")
    }
  }

  @Test func whoHoldsTheLockOfARunWritesItsStatus() throws {
    try withArray { walks, slurm, runs in
      try slurm.queue(["12|0|NODE_FAIL|None|\(Self.name)"])
      try write(.running, runs[0], walks)
      let lock = try FileLock.acquire(walks.folder.run(runs[0]).lockFile)
      defer { lock.release() }
      try settle(walks, slurm)
      #expect(try status(runs[0], walks).state == .running)
    }
  }

  @Test func aSubmissionWhoseSenderDiedIsFoundByItsName() throws {
    try withArray(job: nil) { walks, slurm, runs in
      // It appears at the second look.
      try slurm.queue(steps: [
        "true", "echo '44|0|PENDING|None|\(Self.name)'",
        "echo '44|0|PENDING|None|\(Self.name)'",
      ])
      let found = try survey(walks, slurm, patience: 5)
      #expect(found.liveJobs == ["44"])
      #expect(slurm.calls("squeue")[0].contains("--name=\(Self.name)"))
    }
    try withArray(job: nil) { walks, slurm, runs in
      #expect(try survey(walks, slurm).tasks.isEmpty)
      try settle(walks, slurm)
      // It never reached Slurm, so nothing has failed.
      #expect(!Folder.exists(walks.folder.slurmFile))
      #expect(!Folder.exists(walks.folder.run(runs[0]).path))
    }
  }

  @Test func theLatestSubmissionOfARunCounts() throws {
    try withArray { walks, slurm, runs in
      try record(
        walks, [submission("12", runs), submission("13", [runs[1]], name: "modlab-walk-2")])
      try slurm.program(
        "squeue",
        """
        case "$*" in
        *--jobs=12*) echo '12|0|RUNNING|None|\(Self.name)' ;;
        *) echo '13|0|PENDING|None|modlab-walk-2' ;;
        esac
        """)
      let survey = try survey(walks, slurm)
      #expect(survey.live[runs[1]]?.label == "13_0")
      try write(.complete, runs[2], walks)
      try settle(walks, slurm)
      #expect(try SlurmRecord.read(walks.folder).submissions.map(\.job) == ["12", "13"])
    }
  }

  @Test func filesOfAnArrayAreRemovedWhenAllIsWell() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let slurm = try FakeSlurm(path)
      let request = try walks.request(seeds: [0, 1], only: "slow")
      let runs = try Plan.make(request).runs
      let folder = SlurmFolder(walks.output, Self.name)
      try Folder.create(at: folder.path)
      let list = SlurmTaskList(
        runs, output: walks.output.root, dataFolder: "/", heartbeat: 1,
        program: try .ofThisProgram())
      try AtomicFile.write(list.json.serialized(), to: folder.listFile)
      try walks.compute(request)
      try record(walks, [submission("12", runs.map(\.name))])
      try settle(walks, slurm)
      #expect(!Folder.exists(walks.output.slurm))
      #expect(!Folder.exists(walks.folder.slurmFile))
    }
  }

  @Test func thePlanAndTheStatusKnowOfTheArray() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let slurm = try FakeSlurm(path)
      let request = try walks.request(seeds: [0, 1, 2], only: "slow")
      let manifests = try request.expanded()
      try Folder.create(at: walks.folder.runs)
      try StudyRecord.note(
        commandLine: ["modlab"], manifests: manifests, environment: .ofThisProcess(),
        output: walks.output)
      let plan = try Plan.make(request)
      try record(walks, [submission("12", plan.runs.map(\.name))])
      try slurm.queue(["12|0|RUNNING|None|\(Self.name)", "12|1|PENDING|None|\(Self.name)"])
      #expect(
        plan.noting([try survey(walks, slurm)]).runs.map(\.remark)
          == ["running as Slurm task 12_0", "pending as Slurm task 12_1", nil])
      let executors = Executors([LocalExecutor(), slurm.executor])
      let work = executors.work([walks.folder], output: walks.output)
      let report = try StatusReport(walks.read(), work: work)
      #expect(report.groups[0].runs.map(\.state) == ["running", "pending", "failed"])
      #expect(report.groups[0].runs.map(\.task?.label) == ["12_0", "12_1", nil])
      #expect(report.groups[0].runs[2].error?.what == "Slurm no longer knows task 12_2")
      #expect(report.work.flatMap(\.descriptions) == ["array 12: 1 running, 1 pending"])
      // Looking has changed nothing.
      #expect(!Folder.exists(walks.folder.run(plan.runs[2].name).path))
      try slurm.program("squeue", "exit 1")
      let silent = executors.work([walks.folder], output: walks.output)
      #expect(silent.map(\.silence?.exitCode) == [.inputOutput])
      let blind = try StatusReport(walks.read(), work: silent)
      #expect(blind.groups[0].runs.map(\.state) == ["new", "new", "new"])
    }
  }
}
