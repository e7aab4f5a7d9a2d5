import ExperimentKit
import Foundation
import Store
import TestSupport
import Testing

@testable import Runner

/// Schedules runs whose workers are shell scripts.
@Suite struct SchedulerTests {
  /// Runs all walks; `$seed` and `$variant` are known to the script.
  private func schedule(
    _ script: String, workers: Int = 2, isFailFast: Bool = false, patience: Double = 4,
    seeds: [Int] = [0, 1, 2]
  ) throws -> (result: ExecutionResult, recorder: Recorder, plan: Plan) {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let plan = try Plan.make(walks.request(seeds: seeds))
      let prelude = """
        read line
        seed=$(echo "$line" | sed 's/.*"seed":\\([0-9]*\\).*/\\1/')
        folder=$(echo "$line" | sed 's/.*"run_folder":"\\([^"]*\\)".*/\\1/')
        variant=$(echo "$line" | sed 's/.*"variant":"\\([^"]*\\)".*/\\1/')
        complete() { echo '{"message":"finished","status":"complete","seconds":1.5}'; }
        end() {
          echo '{"message":"finished","status":"'$1'","seconds":1,'\\
          '"error":{"exit_code":1,"what":"no"}}'
        }

        """
      let recorder = Recorder()
      let scheduler = Scheduler(
        plan, output: walks.output,
        options: SchedulerOptions(
          workers: workers, isFailFast: isFailFast,
          command: WorkerCommand(
            executable: "/bin/sh", arguments: ["-c", prelude + script],
            environment: ["PATH": "/usr/bin:/bin"]),
          patience: patience),
        reporter: recorder)
      return (scheduler.run(), recorder, plan)
    }
  }

  @Test(arguments: [1, 2, 3, 8])
  func allRunsAreComputedWhateverTheNumberOfWorkers(workers: Int) throws {
    let (result, recorder, plan) = try schedule("complete", workers: workers)
    #expect(result.outcomes.count == 6)
    #expect(result.outcomes.values.allSatisfy { $0 == RunOutcome(.complete, seconds: 1.5) })
    // Runs are started in the order of the plan: all seeds of a variant before the next.
    #expect(recorder.started == plan.runs.map(\.name))
    let mostActive = recorder.snapshots.map { $0.active.compactMap(\.self).count }.max()
    #expect(mostActive ?? 0 <= workers)
    #expect(recorder.snapshots.last?.complete == 6)
    #expect(recorder.ends == 1)
  }

  /// Two variants of each seed.
  @Test(arguments: [
    (workers: 1, seeds: 1, threads: 1), (2, 1, 1), (3, 1, 1), (4, 1, 2), (7, 1, 3), (2, 3, 1),
    (12, 3, 2),
  ])
  func workersBeyondTheRunsBecomeThreads(workers: Int, seeds: Int, threads: Int) throws {
    let (result, _, _) = try schedule(
      "case $line in *'\"threads\":\(threads)'[,}]*) complete ;; *) end failed ;; esac",
      workers: workers, seeds: Array(0..<seeds))
    #expect(result.outcomes.count == 2 * seeds)
    #expect(result.outcomes.values.allSatisfy { $0.state == .complete })
  }

  @Test func aFailureDoesNotConcernTheOthers() throws {
    let (result, _, _) = try schedule(
      """
      if [ $seed = 1 ]; then
        end failed
      else complete; fi
      """)
    let states = result.outcomes.values.map(\.state.rawValue).sorted()
    #expect(states == ["complete", "complete", "complete", "complete", "failed", "failed"])
    #expect(result.unstarted.isEmpty)
    #expect(result.signal == nil)
  }

  @Test func failFastStopsTheOthersCleanly() throws {
    let (result, recorder, _) = try schedule(
      """
      if [ $seed = 0 ]; then
        sleep 0.2
        end diverged
      else
        stopped() { echo '{"message":"finished","status":"interrupted","seconds":1}'; exit; }
        trap stopped TERM
        for i in $(seq 200); do sleep 0.05; done
      fi
      """, isFailFast: true)
    #expect(result.outcomes.values.map(\.state.rawValue).sorted() == ["diverged", "interrupted"])
    #expect(result.unstarted.count == 4)
    #expect(recorder.events.contains(.stopping(signal: nil)))
  }

  @Test func aWorkerThatDoesNotStopIsEnded() throws {
    let start = MonotonicClock.seconds()
    let (result, _, _) = try schedule(
      """
      if [ $seed = 0 ]; then
        sleep 0.2
        end failed
      else
        trap '' TERM
        for i in $(seq 200); do sleep 0.05; done
      fi
      """, isFailFast: true, patience: 0.5)
    #expect(MonotonicClock.seconds() - start < 4)
    #expect(result.outcomes.values.map(\.state.rawValue).sorted() == ["failed", "interrupted"])
  }

  @Test func aCrashFailsItsRunOnlyAndNamesTheSignal() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let plan = try Plan.make(walks.request(seeds: [0, 1], only: "slow"))
      let script = """
        read line
        case "$line" in
          *'"seed":0'*) mkdir -p \(walks.folder.run(plan.runs[0].name).path)
            echo "Fatal error: Index out of range" >&2; seq 40 >&2; kill -ILL $$ ;;
          *) echo '{"message":"finished","status":"complete","seconds":1}' ;;
        esac
        """
      let recorder = Recorder()
      let result = Scheduler(
        plan, output: walks.output,
        options: SchedulerOptions(
          workers: 2,
          command: WorkerCommand(
            executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/bin"])),
        reporter: recorder
      ).run()
      let crashed = try #require(result.outcomes[plan.runs[0].name])
      #expect(crashed.state == .failed)
      #expect(crashed.error?.what == "the worker was terminated by SIGILL")
      #expect(crashed.error?.why?.contains("Fatal error: Index out of range") == true)
      #expect(result.outcomes[plan.runs[1].name]?.state == .complete)
      let folder = walks.folder.run(plan.runs[0].name)
      let status = try RunStatus.read(folder.statusFile)
      #expect(status.state == .failed)
      #expect(status.error == crashed.error)
      #expect(status.logTail.contains { $0.hasSuffix(" 40") })
      #expect(try walks.text(folder.logFile).contains("the worker was terminated by SIGILL"))
    }
  }

  @Test func aSilentEndIsAFailureToo() throws {
    let (result, _, _) = try schedule("exit 5", seeds: [0])
    #expect(
      result.outcomes.values.allSatisfy { $0.error?.what == "the worker exited with status 5" })
  }

  @Test func progressReachesTheReporter() throws {
    let (_, recorder, plan) = try schedule(
      """
      echo 'some text that the experiment prints'
      echo '{"message":"progress","phase":"p","phase_step":5,"phase_steps":10,"step":5,"steps":20,"loss":0.5,"steps_per_second":5}'
      echo '{"message":"waiting","phase":"q"}'
      echo '{"message":"warning","text":"beware"}'
      complete
      """, workers: 1, seeds: [0])
    let name = plan.runs[0].name
    var expected = RunProgress()
    expected.phase = "p"
    expected.phaseStep = 5
    expected.phaseSteps = 10
    expected.step = 5
    expected.steps = 20
    expected.loss = 0.5
    expected.stepsPerSecond = 5
    #expect(
      Array(recorder.events.prefix(5)) == [
        .started(name), .progress(name, expected), .waiting(name, phase: "q"),
        .warning(name, "beware"), .finished(name, RunOutcome(.complete, seconds: 1.5)),
      ])
  }

  @Test func aThousandRunsLeakNothing() throws {
    func openFiles() -> Int {
      (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }
    let before = openFiles()
    let (result, _, _) = try schedule("complete", workers: 4, seeds: Array(0..<60))
    #expect(result.outcomes.count == 120)
    #expect(openFiles() < before + 60)
  }
}

@Suite struct RunVerdictTests {
  private func verdict(
    _ errors: [Failure?], state: RunStatus.State = .failed, signal: Int32? = nil
  ) throws -> RunVerdict {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let seeds = Array(0..<errors.count)
      let plan = try Plan.make(walks.request(seeds: seeds, only: "slow"))
      var result = ExecutionResult()
      result.signal = signal
      for (run, error) in zip(plan.runs, errors) {
        result.outcomes[run.name] = RunOutcome(error == nil ? .complete : state, error: error)
      }
      return RunVerdict(plan, result, output: walks.output)
    }
  }

  @Test func exitCodesAreThoseOfTheContract() throws {
    let full = Failure(.inputOutput, "disk full")
    let wrong = Failure(.runFailed, "wrong")
    #expect(try verdict([nil, nil]).exitCode == .success)
    #expect(try verdict([nil, wrong]).exitCode == .runFailed)
    #expect(try verdict([nil, wrong], state: .diverged).exitCode == .runFailed)
    #expect(try verdict([nil, full, full]).exitCode == .inputOutput)
    #expect(try verdict([full, wrong]).exitCode == .runFailed)
    #expect(try verdict([Failure(.internalError, "x")]).exitCode == .runFailed)
    #expect(try verdict([nil], signal: SIGINT).exitCode == .interrupted)
    #expect(try verdict([nil], signal: SIGTERM).exitCode == .terminated)
    #expect(try verdict([nil, wrong]).problems.map(\.name.seed) == [1])
  }

  @Test func runsThatHadFailedBeforeCount() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let request = try walks.request(seeds: [0], sets: ["walk.end=fail"], only: "slow*")
      try walks.compute(request)
      let verdict = RunVerdict(
        try Plan.make(request), ExecutionResult(), output: walks.output)
      #expect(verdict.exitCode == .runFailed)
      #expect(verdict.problems.map(\.error) == [Failure(.runFailed, "the walk ends here")])
    }
  }
}
