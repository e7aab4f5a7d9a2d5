import ExperimentKit
import Foundation
import Store
import TestSupport
import Testing

@testable import Runner

/// Executors of the tests' own: one file and one line of a registry are all that it takes.
@Suite struct ExecutorTests {
  private func withWalks(_ body: (Walks, Executors, TurnstileQueue) throws -> Void) throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let queue = TurnstileQueue(walks)
      try body(walks, Executors([HereExecutor(walks: walks), queue]), queue)
    }
  }

  @Test func theFirstOfTheRegistryComputesAPlan() throws {
    try withWalks { walks, executors, _ in
      let display = RunRecorder()
      let outcome = try walks.run(walks.request(), executors, display: display)
      #expect(outcome.verdict.exitCode == .success)
      #expect(outcome.result.outcomes.count == 6)
      #expect(display.planned == outcome.plan.runs.map(\.name))
      #expect(display.recorder.started == display.planned)
      #expect(display.recorder.ends == 1)
      #expect(display.headlines == [nil])
      #expect(display.reports.map(\.complete) == [6])
      let again = try walks.run(walks.request(), executors)
      #expect(again.result.outcomes.isEmpty && again.verdict.exitCode == .success)
    }
  }

  @Test func aBatchSystemIsFollowedWithoutCodeOfItsOwn() throws {
    try withWalks { walks, executors, queue in
      let display = RunRecorder()
      let request = try walks.request(seeds: [0, 1], only: "slow")
      let outcome = try walks.run(request, executors, executor: "turnstile", display: display)
      #expect(outcome.verdict.exitCode == .success)
      #expect(outcome.result.outcomes.values.map(\.state) == [.complete, .complete])
      #expect(display.headlines == ["Turnstile: 2 runs to submit, 0 done"])
      #expect(display.recorder.events.first == .submitted(job: "7", of: queue.words, runs: 2))
      #expect(display.reports.map(\.complete) == [2])
      // What has ended is off the record.
      #expect(!Folder.exists(queue.recordFile(walks.folder)))
    }
  }

  @Test func theBatchSystemThatHasRunsGoesOnWithThem() throws {
    try withWalks { walks, executors, queue in
      let request = try walks.request(seeds: [0, 1], only: "slow")
      let plan = try Plan.make(request)
      try Folder.create(at: walks.folder.runs)
      _ = try queue.submit(
        plan.executedRuns, ExecutionRequest(request), reporter: Recorder())
      // Everybody sees them.
      let work = executors.work([walks.folder], output: walks.output)
      #expect(work.flatMap(\.descriptions) == ["job 7: 2 pending"])
      #expect(plan.noting(work).runs[1].remark == "pending as Turnstile task 7.1")
      // Nobody else computes them.
      let busy = #expect(throws: Failure.self) {
        try walks.run(request, executors, executor: "here")
      }
      #expect(busy?.exitCode == .locked)
      #expect(busy?.what == "Turnstile computes runs of this folder")
      #expect(
        busy?.help == "attach to it with --executor turnstile, or end it with 'tcancel 7'")
      queue.isSilent.withLock { $0 = true }
      let silent = #expect(throws: Failure.self) { try walks.run(request, executors) }
      #expect(silent?.exitCode == .locked)
      #expect(
        silent?.what
          == "a job of an earlier command may still be alive, and Turnstile cannot be asked")
      #expect(silent?.why == "nobody is there")
      #expect(executors.work([walks.folder], output: walks.output).first?.silence != nil)
      queue.isSilent.withLock { $0 = false }
      // The same command follows them without being told where they are.
      let display = RunRecorder()
      let outcome = try walks.run(request, executors, display: display)
      #expect(display.headlines == ["Turnstile: 0 runs to submit, 2 with job 7 already, 0 done"])
      #expect(outcome.verdict.exitCode == .success)
      #expect(outcome.result.outcomes.count == 2)
    }
  }

  @Test func aTaskThatIsGoneWithoutAWordHasFailed() throws {
    try withWalks { walks, executors, queue in
      let request = try walks.request(seeds: [0], only: "slow")
      let plan = try Plan.make(request)
      try Folder.create(at: walks.folder.runs)
      _ = try queue.submit(plan.executedRuns, ExecutionRequest(request), reporter: Recorder())
      queue.cancel([], output: walks.output)
      let outcome = try walks.run(request, executors)
      #expect(outcome.verdict.exitCode == .runFailed)
      let error = try RunStatus.read(walks.folder.run(plan.runs[0].name).statusFile).error
      #expect(error?.what == "Turnstile task 7.0 ended without saying how its run went")
      #expect(error?.why == "the run had not begun")
    }
  }

  @Test func whatAnExecutorCannotDoIsRefused() throws {
    try withWalks { walks, executors, _ in
      var execution = ExecutionRequest(try walks.request(), executor: "turnstile")
      execution.shard = Shard(number: 1, count: 2)
      let failure = #expect(throws: Failure.self) { try executors.check(execution) }
      #expect(failure?.exitCode == .usage)
      #expect(failure?.what == "--shard and --executor turnstile exclude each other")
      #expect(failure?.why == "a job has a task for every run already")
    }
  }

  /// Whatever is said outside of the executor's own folder goes through the protocol. The help, which
  /// users read, and the list of folders that no study can have are the exceptions.
  @Test func onlyTheRegistryAndTheHelpNameSlurm() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources")
    var mentions: [String: Int] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: sources.path)
    where path.hasSuffix(".swift") && !path.hasPrefix("Runner/Slurm/") {
      let text = try String(
        contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
      let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
      let count = lines.count { !$0.hasPrefix("//") && $0.lowercased().contains("slurm") }
      if count > 0 { mentions[path] = count }
    }
    #expect(mentions["Runner/Execution/Executors.swift"] == 1)
    mentions["Runner/Execution/Executors.swift"] = nil
    let exceptions: Set = [
      "CommandLine/Verbs/RunVerb.swift", "CommandLine/Verbs/StatusVerb.swift",
      "CommandLine/Verbs/GarbageVerb.swift", "ExperimentKit/Manifest/StudyName.swift",
    ]
    #expect(Set(mentions.keys).subtracting(exceptions).isEmpty)
  }
}
