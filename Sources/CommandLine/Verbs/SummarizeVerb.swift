import Runner
import Store

/// `modlab summarize`: rebuilds all tables from the folders of the runs.
enum SummarizeVerb {
  static let verb = Verb(
    "summarize", "rebuild all CSV tables and summaries from the folders of the runs",
    discussion: """
      Writes <table>.csv, <table>_summary.csv and runs.csv of every study. The same runs always
      give the same bytes; deleting a table is therefore harmless.
      """,
    examples: [
      Example(
        "modlab summarize results",
        "rebuild the tables of all studies, for example after copying runs from another machine")
    ],
    operand: ManifestOptions.folderOperand, action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    for folder in try ManifestOptions.studies(invocation.arguments) {
      let report = try StudyTables.rebuild(folder, registry: invocation.registry)
      for warning in report.warnings { console.warning(warning) }
      try console.result(
        "\(folder.name): \(report.complete) of \(report.total) runs complete\n"
          + (report.files + [folder.runsFile]).map { "  \($0)\n" }.joined())
      try console.record(
        "modlab-summary-1",
        [
          "study": .string(folder.name), "complete": .integer(report.complete),
          "total": .integer(report.total),
          "files": .array((report.files + [folder.runsFile]).map { .string($0) }),
          "warnings": .array(report.warnings.map { .string($0) }),
        ])
    }
    return .success
  }
}
