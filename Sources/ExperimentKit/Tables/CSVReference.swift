/// Writes `docs/csv-reference.md` from the declarations of the tables.
public enum CSVReference {
  /// The whole document.
  public static func markdown(_ registry: KindRegistry) -> String {
    let tables = registry.tables.flatMap { table in
      let kinds = registry.kinds.filter { $0.tables.contains(table) }.map { "`\($0.name)`" }
      return section(table, recordedBy: kinds)
    }
    let artefacts = registry.artefacts.map { "* `\($0.name)`: \($0.documentation)." }
    return
      (introduction + tables + runs + ["", "## Other files of a run", ""] + artefacts + artefactsEnd)
      .joined(separator: "\n") + "\n"
  }

  private static func section(_ table: Table, recordedBy kinds: [String]) -> [String] {
    [
      "", "## \(table.name).csv", "",
      "\(table.documentation). Recorded by \(kinds.joined(separator: ", "))."
        + (table.hasSummary
          ? "" : " There is no summary: the keys mean another thing for each seed.")
        + (table.interval == .studentT
          ? ""
          : " The confidence intervals of its summary are percentiles of the means of resampled seeds."),
      "",
      "| column | meaning |", "| --- | --- |",
    ] + table.keys.map { row($0.name, $0.documentation) }
      + ["", "| metric | meaning |", "| --- | --- |"]
      + table.declaredMetrics.map { row($0.name, $0.documentation) }
  }

  private static func row(_ name: String, _ text: String) -> String {
    "| `\(name)` | \(text.replacing("|", with: "\\|")) |"
  }

  // MARK: - What does not depend on the tables

  private static let introduction = [
    "# CSV reference",
    "",
    "This document is written from the declarations of the tables: do not edit it, run `make docs`.",
    "",
    "All tables follow RFC 4180 in UTF-8, with `\\n` as line end, one header line, `.` as decimal",
    "point and numbers in their shortest form that reads back the same. Missing values are empty;",
    "not-a-number is written `NaN`. Fractions are 0…1, never percent; units are part of the names.",
    "Rows are sorted by their keys. `modlab summarize` rebuilds all tables of a study from its run",
    "folders, and writes the same bytes when nothing has changed.",
    "",
    "    <table>.csv          study,variant,profile[,<swept settings>],seed,<keys of the table>,metric,value",
    "    <table>_summary.csv  study,variant,profile[,<swept settings>],<keys of the table>,metric,n,n_failed,mean,std,sem,ci95_low,ci95_high,min,max",
    "",
    "| column | meaning |",
    "| --- | --- |",
    "| `study` | name of the study: its folder |",
    "| `variant` | name of the manifest's variant, `main` when it has none |",
    "| `profile` | `smoke`, `quick`, `desk` or `paper` |",
    "| swept settings | one column for each setting that a manifest's `sweep` or `--set` gives values,"
      + " such as `mask.beta`, with dashes as underscores; runs that do not sweep it have the value of"
      + " their configuration there |",
    "| `seed` | the seed of the run |",
    "| `metric`, `value` | one number per row |",
    "| `n` | number of seeds with a finite value; 0 when all of them failed |",
    "| `n_failed` | number of seeds that failed or diverged, or whose value is not finite; they never"
      + " enter a mean |",
    "| `mean`, `min`, `max` | over these n seeds |",
    "| `std` | standard deviation, unbiased (n − 1); empty for n = 1 |",
    "| `sem` | std / √n |",
    "| `ci95_low`, `ci95_high` | 95 % confidence interval of the mean, from Student's t unless the table"
      + " says otherwise; it may leave the range of the metric |",
  ]

  private static let runs = [
    "", "## runs.csv", "",
    "One line per run. It holds times and hosts, so it is the one table that differs from machine to",
    "machine.", "",
    "| column | meaning |",
    "| --- | --- |",
    "| `study`, `variant`, `profile`, swept settings, `seed` | as above |",
    "| `hash` | names the configuration; the run's folder is `runs/<variant>-<hash>/seed-<seed>` |",
    "| `status` | `complete`, `running`, `interrupted`, `failed`, `diverged` or `new` |",
    "| `phase` | the training loop or evaluation under way, or the last one |",
    "| `step`, `steps` | optimiser steps and evaluations that are done, and all of the run |",
    "| `attempts` | how often the run was started |",
    "| `seconds` | seconds of work over all attempts |",
    "| `host` | name of the machine |",
    "| `peak_rss_mib` | largest resident memory in MiB |",
    "| `blas_core`, `kernel_level` | kernels of the linear-algebra library and of modlab |",
    "| `threads` | independent training loops that were computed at the same time |",
    "| `note_…` | facts that the experiment noted, such as `note_mask_converged_full` |",
    "| `error` | what went wrong |",
  ]

  private static let artefactsEnd = [
    "",
    "`modlab export` copies these; [files](file-formats.md) describes their layout. Of every data file"
      + " that a run has read, `status.json` holds the SHA-256.",
  ]
}
