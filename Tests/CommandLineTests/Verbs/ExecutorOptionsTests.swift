import ExperimentKit
import Foundation
import Runner
import Store
import Synchronization
import TestSupport
import Testing

@testable import CommandLine

/// What the registry of executors makes of the command line.
@Suite struct ExecutorOptionsTests {
  /// Says that every run is complete, and keeps what it was asked for.
  private final class Pretender: Executor {
    let name = "pretender"
    let options = [ExecutorOption("mood", placeholder: "MOOD", words: ["good"], "how it feels")]
    let requests = Mutex<[ExecutionRequest]>([])

    func headline(_ plan: Plan, _ request: ExecutionRequest) -> String? {
      "pretending \(plan.executedRuns.count) runs"
    }

    func compute(
      _ plan: Plan, _ request: ExecutionRequest, reporter: any ProgressReporter
    ) -> ExecutionResult {
      requests.withLock { $0.append(request) }
      var result = ExecutionResult()
      for run in plan.executedRuns { result.outcomes[run.name] = RunOutcome(.complete) }
      reporter.end()
      return result
    }
  }

  @Test func anExecutorBringsItsNameAndItsOptions() throws {
    try withTemporaryFolder { folder in
      let manifest = "schema: 1\nexperiment: line\nseeds: 2\n"
      try AtomicFile.write(manifest, to: folder + "/m.yaml")
      let pretender = Pretender()
      let executors = Executors([LocalExecutor(), pretender])
      let common = ["run", folder + "/m.yaml", "--out", folder + "/out"]

      let lost = Terminal(executors: executors)
      #expect(lost.run(common + ["--mood", "good"]) == .usage)
      #expect(lost.error.contains("--mood needs --executor pretender"))
      #expect(!Folder.exists(folder + "/out"))

      let terminal = Terminal(executors: executors)
      let words = [
        "--executor", "pretender", "--mood", "good", "--mood", "bad", "-j", "3", "--json",
      ]
      #expect(terminal.run(common + words) == .success)
      #expect(terminal.error.contains("pretending 2 runs"))
      let events = try terminal.records.compactMap { $0["event"]?.stringValue }
      #expect(events == ["plan", "plan", "summary"])
      let request = try #require(pretender.requests.withLock { $0.first })
      #expect(request.options == ["mood": ["good", "bad"]])
      #expect(request.workers == 3 && request.workerLimit == 3 && !request.isFailFast)

      // No option of an executor that the program does not have.
      let plain = Terminal()
      #expect(plain.run(common + ["--mood", "good"]) == .usage)
    }
  }

  @Test func theHelpSaysWhichExecutorIsTaken() throws {
    func otherwise(_ executors: Executors) -> String? {
      ExecutorOptions.options(executors).first?.otherwise
    }
    #expect(otherwise(.all) == "slurm while an array of the folder is alive, else local")
    #expect(otherwise(Executors([LocalExecutor()])) == "local")
    #expect(ExecutorOptions.taskVerbs(.all).map(\.name) == ["slurm-task"])
  }
}
