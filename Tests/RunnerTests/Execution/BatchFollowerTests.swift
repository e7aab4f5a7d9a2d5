import Foundation
import Store
import TestSupport
import Testing

@testable import Runner

/// Follows arrays of which scripts in the place of Slurm tell; signals are tested with the built program.
@Suite struct BatchFollowerTests {
  private static let name = "modlab-walk-1"

  private static func line(_ index: Int, _ state: String, _ reason: String = "None") -> String {
    "echo '12|\(index)|\(state)|\(reason)|\(name)'"
  }

  /// Follows two runs.
  ///
  /// - Parameter queue: what `squeue` does, call by call; the last stays.
  private func follow(
    _ queue: [String], isFailFast: Bool = false, prepare: (Walks, FakeSlurm, Plan) throws -> Void
  ) throws -> (result: ExecutionResult, recorder: Recorder, names: [RunName], slurm: [String]) {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let slurm = try FakeSlurm(path)
      try Folder.create(at: walks.folder.runs)
      let plan = try Plan.make(walks.request(seeds: [0, 1], only: "slow"))
      try SlurmRecord(submissions: [
        SlurmRecord.Submission(
          name: Self.name, job: "12", submitted: "2026-01-02T03:04:05Z", arguments: [],
          tasks: plan.runs.enumerated().map {
            .init(index: $0, run: $1.name, attempts: 0, seconds: 0)
          })
      ]).write(walks.folder)
      try slurm.queue(["12|0|PENDING|None|\(Self.name)", "12|1|PENDING|None|\(Self.name)"])
      let tasks = try slurm.executor.survey([walks.folder], output: walks.output, patience: 0)
      unlink(slurm.folder + "/squeue.calls")
      try slurm.queue(steps: queue)
      try prepare(walks, slurm, plan)
      let recorder = Recorder()
      let result = BatchFollower(
        plan, BatchWork(tasks, of: slurm.executor).live, system: slurm.executor,
        output: walks.output,
        options: BatchFollowerOptions(
          isFailFast: isFailFast, pollIntervals: 0.05...0.1, lookInterval: 0.02,
          settleTime: 1, cancelPatience: 10),
        reporter: recorder
      ).run()
      return (result, recorder, plan.runs.map(\.name), slurm.calls("scancel"))
    }
  }

  private func status(
    _ state: RunStatus.State, step: Int = 20, seconds: Double = 3, error: Failure? = nil
  ) -> RunStatus {
    var status = RunStatus(state)
    status.attempts = 1
    status.phase = "walk"
    status.step = step
    status.steps = 20
    status.seconds = seconds
    status.workedSteps = step
    status.error = error
    return status
  }

  /// Puts a status where a script of `squeue` can copy it from.
  private func offer(_ status: RunStatus, _ name: String, _ slurm: FakeSlurm) throws {
    try status.write(to: "\(slurm.folder)/\(name).json")
  }

  private func copy(_ name: String, _ walks: Walks, _ run: RunName) -> String {
    let folder = walks.folder.run(run).path
    return "mkdir -p \(folder); cp $D/\(name).json \(folder)/status.json"
  }

  @Test func runsAreFollowedToTheirEnd() throws {
    let diverged = Failure(.runFailed, "not finite")
    let (result, recorder, names, _) = try follow([]) { walks, slurm, plan in
      try offer(status(.running, step: 5), "half", slurm)
      try offer(status(.complete), "done", slurm)
      try offer(status(.diverged, error: diverged), "wild", slurm)
      let (first, second) = (plan.runs[0].name, plan.runs[1].name)
      let both = Self.line(0, "RUNNING") + "; " + Self.line(1, "PENDING")
      try slurm.queue(steps: [
        both, copy("half", walks, first) + "; " + both, both,
        copy("done", walks, first) + "; " + Self.line(1, "RUNNING"),
        copy("wild", walks, second) + "; " + Self.line(1, "COMPLETING"),
      ])
    }
    #expect(result.outcomes[names[0]] == RunOutcome(.complete, seconds: 3))
    #expect(result.outcomes[names[1]] == RunOutcome(.diverged, error: diverged, seconds: 3))
    #expect(result.signal == nil && result.unstarted.isEmpty)
    #expect(recorder.started == names)
    let steps = recorder.events.compactMap { event in
      if case .progress(names[0], let progress) = event { progress.step } else { nil }
    }
    #expect(steps == [5])
    #expect(recorder.snapshots.last?.complete == 1)
    #expect(recorder.snapshots.last?.diverged == 1)
    #expect(recorder.snapshots.contains { $0.counts == "0/2 complete, 1 running, 1 waiting" })
    #expect(recorder.ends == 1)
  }

  @Test func aTaskThatIsGoneHasFailedWithTheReasonOfSlurm() throws {
    let (result, _, names, _) = try follow([
      Self.line(0, "RUNNING") + ";" + Self.line(1, "PENDING"),
      Self.line(0, "OUT_OF_MEMORY") + ";" + Self.line(1, "CANCELLED"),
    ]) { walks, _, plan in
      let folder = walks.folder.run(plan.runs[0].name)
      try Folder.create(at: folder.path)
      try status(.running, step: 7).write(to: folder.statusFile)
    }
    let first = try #require(result.outcomes[names[0]]?.error)
    #expect(first.what == "Slurm task 12_0 used more memory than it had asked for")
    #expect(first.why?.contains("at step 7") == true)
    let second = try #require(result.outcomes[names[1]]?.error)
    #expect(second.what == "Slurm task 12_1 was cancelled")
    #expect(second.why == "the run had not begun")
  }

  @Test func theLastWordMayArriveAfterTheTaskIsGone() throws {
    let (result, _, names, _) = try follow([]) { walks, slurm, plan in
      try offer(status(.complete), "done", slurm)
      let gone = Self.line(0, "COMPLETED") + "; " + Self.line(1, "COMPLETED")
      try slurm.queue(steps: [
        gone,
        copy("done", walks, plan.runs[0].name) + "; " + copy("done", walks, plan.runs[1].name)
          + "; " + gone,
      ])
    }
    #expect(names.allSatisfy { result.outcomes[$0]?.state == .complete })
  }

  @Test func aQueueThatIsSilentForAWhileIsReportedOnceAndHarmsNothing() throws {
    let silence = "echo 'Unable to contact slurm controller' >&2; exit 1"
    let (result, recorder, names, _) = try follow([]) { walks, slurm, plan in
      try offer(status(.complete), "done", slurm)
      try slurm.queue(steps: [
        silence, silence, silence,
        copy("done", walks, plan.runs[0].name) + "; " + copy("done", walks, plan.runs[1].name)
          + "; " + Self.line(0, "COMPLETED") + "; " + Self.line(1, "COMPLETED"),
      ])
    }
    #expect(names.allSatisfy { result.outcomes[$0]?.state == .complete })
    #expect(recorder.messages.count == 1)
    #expect(recorder.messages.first?.contains("Slurm cannot be reached") == true)
  }

  @Test func failFastCancelsTheOthersWhichHaveNotFailed() throws {
    let (result, recorder, names, cancelled) = try follow([], isFailFast: true) {
      walks, slurm, plan in
      try offer(status(.failed, error: Failure(.runFailed, "no")), "bad", slurm)
      try slurm.program(
        "squeue",
        """
        if [ -e $D/scancel.calls ]; then exit 0; fi
        \(copy("bad", walks, plan.runs[0].name))
        \(Self.line(0, "RUNNING")); \(Self.line(1, "PENDING"))
        """)
    }
    #expect(result.outcomes[names[0]]?.state == .failed)
    #expect(result.outcomes[names[1]] == nil)
    #expect(result.unstarted == [names[1]])
    #expect(cancelled == ["12_1"])
    #expect(recorder.events.contains(.stopping(signal: nil)))
  }

  @Test func whyTasksWaitInVainIsSaidOnce() throws {
    let waiting =
      Self.line(0, "PENDING", "PartitionDown") + ";" + Self.line(1, "PENDING", "Priority")
    let (_, recorder, _, _) = try follow([waiting, waiting, waiting, "true"]) { _, _, _ in }
    #expect(recorder.messages == ["Slurm lets tasks wait: PartitionDown"])
  }

  @Test func aTaskThatIsPutBackStartsOnceMore() throws {
    let (result, recorder, names, _) = try follow([]) { walks, slurm, plan in
      try offer(status(.interrupted, step: 5), "half", slurm)
      try offer(status(.complete), "done", slurm)
      let first = plan.runs[0].name
      let other = copy("done", walks, plan.runs[1].name)
      try slurm.queue(steps: [
        copy("half", walks, first) + ";" + Self.line(0, "RUNNING") + ";" + Self.line(1, "PENDING"),
        Self.line(0, "PENDING", "BeginTime") + ";" + Self.line(1, "RUNNING"),
        other + ";" + Self.line(0, "PENDING", "BeginTime"), Self.line(0, "RUNNING"),
        copy("done", walks, first) + ";" + Self.line(0, "COMPLETED"),
      ])
    }
    #expect(names.allSatisfy { result.outcomes[$0]?.state == .complete })
    #expect(recorder.started.filter { $0 == names[0] }.count == 2)
  }
}
