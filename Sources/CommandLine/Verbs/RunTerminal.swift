import Foundation
import Runner
import Store

/// Shows what `modlab run` does, as the options and the terminal want it.
package struct RunTerminal: RunDisplay {
  let console: Console
  let request: PlanRequest
  let execution: ExecutionRequest

  /// A display for a request.
  package init(console: Console, request: PlanRequest, execution: ExecutionRequest) {
    self.console = console
    self.request = request
    self.execution = execution
  }

  package func planned(_ runs: [PlannedRun]) throws {
    for run in runs {
      try console.record(
        "modlab-event-1", PlanVerb.members(run).merging(["event": "plan"]) { $1 })
    }
  }

  package func begins(_ plan: Plan, headline: String?, _ environment: EnvironmentRecord) {
    if let headline { return console.message(headline) }
    console.message(RunMessages.header(plan, environment, request))
    for line in RunMessages.details(plan, environment, dataFolder: execution.dataFolder) {
      console.detail(line)
    }
  }

  package func reporter() -> any ProgressReporter {
    let output = request.output
    let console = console
    let logFile = { (run: RunName) in output.study(run.study).run(run).logFile }
    let write = { (text: String) in try? StandardStream.error.write(text) }
    let isVerbose = console.verbosity == .verbose
    let style = ProgressStyle.fitting(
      ProcessInfo.processInfo.environment, isQuiet: console.verbosity == .quiet)
    let display: any ProgressReporter =
      style == .terminal
      ? TerminalReporter(
        logFile: logFile, isColored: console.isErrorColored, isVerbose: isVerbose
      ) { write($0) }
      : LineReporter(
        heartbeat: execution.heartbeat, isQuiet: style == .quiet, isVerbose: isVerbose,
        logFile: logFile
      ) { write($0) }
    guard console.isJSON else { return display }
    let events = JSONReporter { try? console.record("modlab-event-1", $0) }
    return CombinedReporter([display, events])
  }

  package func summarized(_ study: StudyFolder, _ report: Summarizer.Report) throws {
    for warning in report.warnings { console.warning(warning) }
    try console.result(
      "\(study.name): \(report.complete) of \(report.total) runs complete"
        + (report.complete > 0 ? ", tables in \(study.path)\n" : "\n"))
    try console.record(
      "modlab-event-1",
      [
        "event": "summary", "study": .string(study.name),
        "complete": .integer(report.complete), "total": .integer(report.total),
        "files": .array(report.files.map { .string($0) }),
      ])
  }
}
