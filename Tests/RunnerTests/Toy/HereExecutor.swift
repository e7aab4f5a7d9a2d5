import ExperimentKit
import Store
import Synchronization

@testable import Runner

/// Computes walks within this process, one after the other.
struct HereExecutor: Executor {
  let name = "here"
  let walks: Walks

  func compute(
    _ plan: Plan, _ request: ExecutionRequest, reporter: any ProgressReporter
  ) throws -> ExecutionResult {
    var result = ExecutionResult()
    defer { reporter.end() }
    for run in plan.executedRuns {
      reporter.report(.started(run.name), SweepSnapshot())
      let outcome = try walks.worker(run).run()
      result.outcomes[run.name] = outcome
      reporter.report(.finished(run.name, outcome), SweepSnapshot())
    }
    return result
  }
}

/// A batch system that computes the next walk of its queue whenever it is asked how things stand.
final class TurnstileQueue: BatchSystem {
  let name = "turnstile"
  let words = BatchWords(
    title: "Turnstile", job: "job", queueCommand: "tq", cancelCommand: "tcancel")
  let walks: Walks
  /// The runs that wait.
  let queue = Mutex<[PlannedRun]>([])
  /// Whether it does not answer.
  let isSilent = Mutex(false)

  init(_ walks: Walks) { self.walks = walks }

  func recordFile(_ study: StudyFolder) -> String { study.path + "/turnstile.txt" }

  func recordedRuns(_ study: StudyFolder) throws -> [RunName] {
    guard Folder.exists(recordFile(study)) else { return [] }
    return try walks.text(recordFile(study)).split(separator: "\n").compactMap { line in
      let parts = line.split(separator: "/").map(String.init)
      return RunName.parse(configurationName: parts[0]).map {
        RunName(study: study.name, variant: $0, hash: $1, seed: Int(parts[1]) ?? 0)
      }
    }
  }

  private func task(_ run: RunName, _ state: BatchTask.State?) -> BatchTask {
    BatchTask(
      run: run, folder: walks.output.study(run.study).run(run), job: "7", jobName: "turnstile-7",
      index: run.seed, label: "7.\(run.seed)", attempts: 0, seconds: 0, outputFile: "",
      state: state)
  }

  private func state(of run: RunName) -> BatchTask.State {
    queue.withLock { $0.contains { $0.name == run } } ? .init(.pending) : .init(.ended)
  }

  func survey(
    _ studies: [StudyFolder], output: OutputFolder, patience: Double
  ) throws -> [BatchTask] {
    let runs = try studies.flatMap(recordedRuns)
    if !runs.isEmpty, isSilent.withLock({ $0 }) { throw Failure(.inputOutput, "nobody is there") }
    return runs.map { task($0, state(of: $0)) }
  }

  func states(of tasks: [BatchTask]) throws -> [RunName: BatchTask.State] {
    if let next = queue.withLock({ $0.popFirst() }) { _ = try walks.worker(next).run() }
    return Dictionary(uniqueKeysWithValues: tasks.map { ($0.run, state(of: $0.run)) })
  }

  func forget(
    allBut tasks: [BatchTask], of studies: [StudyFolder], output: OutputFolder
  ) throws {
    for study in studies where tasks.isEmpty && Folder.exists(recordFile(study)) {
      try AtomicFile.operations.remove(recordFile(study))
    }
  }

  func submit(
    _ runs: [PlannedRun], _ request: ExecutionRequest, reporter: any ProgressReporter
  ) throws -> [BatchTask] {
    let text = runs.map { "\($0.name.configurationName)/\($0.name.seed)\n" }.joined()
    try AtomicFile.write(text, to: recordFile(walks.folder))
    queue.withLock { $0 = runs }
    reporter.report(.submitted(job: "7", of: words, runs: runs.count), SweepSnapshot())
    return runs.map { task($0.name, .init(.pending)) }
  }

  func cancel(_ tasks: [BatchTask], output: OutputFolder) { queue.withLock { $0 = [] } }

  func leftovers(_ studies: [StudyFolder], output: OutputFolder) -> [String] { [] }
}

extension Array {
  fileprivate mutating func popFirst() -> Element? { isEmpty ? nil : removeFirst() }
}

/// Keeps what `modlab run` shows.
final class RunRecorder: RunDisplay {
  let recorder = Recorder()
  var planned: [RunName] = []
  var headlines: [String?] = []
  var reports: [Summarizer.Report] = []

  func planned(_ runs: [PlannedRun]) { planned += runs.map(\.name) }
  func begins(_ plan: Plan, headline: String?, _ environment: EnvironmentRecord) {
    headlines.append(headline)
  }
  func reporter() -> any ProgressReporter { recorder }
  func summarized(_ study: StudyFolder, _ report: Summarizer.Report) { reports.append(report) }
}

extension Walks {
  /// What `modlab run` does.
  func run(
    _ request: PlanRequest, _ executors: Executors, executor: String? = nil,
    isFailFast: Bool = false, display: RunRecorder = RunRecorder()
  ) throws -> RunCommand.Outcome {
    try RunCommand(
      request, ExecutionRequest(request, executor: executor, isFailFast: isFailFast),
      executors: executors, registry: registry
    ).perform(
      commandLine: ["modlab", "run"], environment: { .ofThisProcess() }, display: display)
  }
}
