import ExperimentKit
import Runner
import Store

/// What `modlab run` says before and after the runs.
package enum RunMessages {
  static func header(
    _ plan: Plan, _ environment: EnvironmentRecord, _ request: PlanRequest
  ) -> String {
    let executed = plan.executedRuns.count
    let done = plan.runs.filter { $0.reason == .done }.count
    let superseded = plan.runs.count { $0.reason == .superseded }
    let workers = min(request.workers, max(1, executed))
    var text = request.shard.map { "shard \($0): " } ?? ""
    text += "\(executed) \(runs(executed)) to compute, \(done) done"
    if superseded > 0 { text += ", \(superseded) superseded" }
    text += "; \(workers) \(workers == 1 ? "worker" : "workers"), elementwise "
    text += "kernels \(environment.kernelLevel)"
    return text
  }

  /// The seeds of a plan, for the first line: `seeds 0..9`, or those of each manifest.
  ///
  /// - Parameter typed: What was given as `--seeds`.
  static func seeds(_ manifests: [PlannedManifest], typed: String?) -> String {
    let groups = Dictionary(grouping: manifests) { SeedList.description(of: $0.seeds) }
    if groups.count > 1 {
      return groups.sorted { $0.key < $1.key }.map { seeds, manifests in
        let names = manifests.map(\.manifest.path)
        let owners = names.count > 2 ? "\(names.count) manifests" : names.joined(separator: ", ")
        return "seeds \(seeds) of \(owners)"
      }.joined(separator: "; ")
    }
    let text = "seeds \(groups.keys.first ?? "none")"
    guard let typed, SeedList.isCount(typed) else { return text }
    return "\(text) (seed \(typed) alone is written \(typed),)"
  }

  /// What is said with `--verbose` before the runs: program, data, and why each run is computed.
  static func details(
    _ plan: Plan, _ environment: EnvironmentRecord, dataFolder: String
  ) -> [String] {
    [
      "program: modlab \(environment.version), commit \(environment.build.text)",
      "data: \(dataFolder)",
    ] + plan.executedRuns.map { "\($0.name): \($0.reason.word)" }
  }

  static func runs(_ count: Int) -> String { count == 1 ? "run" : "runs" }

  package static func conclude(
    _ outcome: RunCommand.Outcome, _ request: PlanRequest, _ console: Console
  ) {
    let (plan, result, verdict) = (outcome.plan, outcome.result, outcome.verdict)
    let interrupted = verdict.problems.filter { $0.state == "interrupted" && $0.error == nil }
    for problem in verdict.problems where !interrupted.contains(problem) {
      let log = request.output.study(problem.name.study).run(problem.name).logFile
      console.report(
        problem.error.map { error in
          var failure = error
          let state = error.what.hasPrefix("\(problem.state) ") ? "" : " \(problem.state)"
          failure.what = "\(problem.name)\(state): \(error.what)"
          failure.help = [error.help, "its log is \(log)"].compactMap(\.self)
            .joined(separator: "\n")
          return failure
        } ?? Failure(.runFailed, "\(problem.name) \(problem.state)", help: "its log is \(log)"))
    }
    if !interrupted.isEmpty || !result.unstarted.isEmpty {
      console.message(
        "stopped: \(interrupted.count) \(runs(interrupted.count)) saved, "
          + "\(result.unstarted.count) not started; the same command resumes")
    }
    if plan.runs.contains(where: { !$0.isExecuted && [.failed, .diverged].contains($0.reason) }) {
      console.message("runs that failed or diverged before are retried only with --retry")
    }
  }
}
