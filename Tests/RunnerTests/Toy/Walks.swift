import ExperimentKit
import Store

@testable import Runner

/// Manifests, plans and runs of the random walk, in a folder.
struct Walks {
  let root: String
  var registry = KindRegistry([WalkExperiment()])

  init(_ root: String) { self.root = root }

  var output: OutputFolder { OutputFolder(root + "/results") }
  var folder: StudyFolder { output.study("walk") }

  static let manifest = """
    schema: 1
    experiment: walk
    seeds: 3
    walk: {steps: 20}
    variants:
      slow: {walk: {pace: 0.5}}
      fast: {walk: {pace: 2.0}}
    """

  func request(
    _ text: String = Walks.manifest, seeds: [Int]? = nil, sets: [String] = [],
    only: String? = nil, retry: Set<RunStatus.State> = [], path: String = "walk.yaml"
  ) throws -> PlanRequest {
    PlanRequest(
      manifests: [try Manifest(text: text, path: path, registry: registry)], seeds: seeds,
      sets: try sets.map(SettingOverride.parse), only: only.map(GlobPattern.init),
      output: output, retry: retry)
  }

  /// The results of the study.
  func read() throws -> StudyReader { try StudyReader(folder, registry: registry) }

  /// Rebuilds the tables.
  func summarize() throws -> Summarizer.Report {
    try Summarizer(read(), registry: registry).write()
  }

  /// Computes what a request asks for within this process, one run after the other.
  @discardableResult
  func compute(_ request: PlanRequest, shuffled: Bool = false) throws -> [RunName: RunOutcome] {
    let manifests = try request.expanded()
    let plan = try Plan.make(request, manifests: manifests)
    try Folder.create(at: folder.runs)
    try StudyRecord.note(
      commandLine: ["modlab", "run"], manifests: manifests, environment: .ofThisProcess(),
      output: output)
    var outcomes: [RunName: RunOutcome] = [:]
    for run in shuffled ? plan.executedRuns.reversed() : plan.executedRuns {
      outcomes[run.name] = try worker(run).run()
    }
    return outcomes
  }

  func specification(_ run: PlannedRun) throws -> WorkerSpecification {
    guard let assignment = run.assignment else { throw Failure(.internalError, "a stale run") }
    return WorkerSpecification(
      identity: assignment.identity, seed: run.name.seed,
      runFolder: output.study(run.name.study).run(run.name).path,
      cacheFolder: output.cache, startsAnew: run.startsAnew)
  }

  func worker(
    _ run: PlannedRun, environment: [String: String] = [:],
    shouldStop: @escaping () -> Bool = { false },
    send: @escaping (WorkerMessage) -> Void = { _ in }
  ) throws -> Worker {
    try Worker(
      specification(run), registry: registry, environment: environment, shouldStop: shouldStop,
      send: send)
  }

  /// The content of a file as text.
  func text(_ path: String) throws -> String {
    String(decoding: try InputFile.bytes(at: path), as: UTF8.self)
  }
}
