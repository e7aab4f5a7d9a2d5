import ExperimentKit
import Store

/// Builds `runs.csv`: one line per run with its state and the resources it took.
struct RunsTable {
  let study: String
  /// Dotted keys of the swept settings.
  let axes: [String]

  private static let columns = [
    "status", "phase", "step", "steps", "attempts", "seconds", "host", "peak_rss_mib", "blas_core",
    "kernel_level", "threads",
  ]

  func build(_ runs: [StudyReader.Run]) -> CSVTable {
    let notes = Set(runs.flatMap { $0.inspection.status?.notes.keys.map(\.self) ?? [] }).sorted()
    let rows = runs.flatMap { run in run.labels.map { (label: $0, run: run) } }
    let sorted = rows.sorted { a, b in
      a.label == b.label
        ? a.run.name.seed < b.run.name.seed : ResultLabel.precedes(a.label, b.label)
    }
    let identity = StudyColumns.header(axes) + ["seed", "hash"]
    let noteColumns = notes.map { "note_" + StudyColumns.name($0) }
    return CSVTable(
      header: identity + Self.columns + noteColumns + ["error"],
      rows: sorted.map { label, run -> [String] in
        let status = run.inspection.status
        let identity = [study] + label.cells + [String(run.name.seed), run.name.hash]
        let noted = notes.map { note in status?.notes[note].map(SettingText.column) ?? "" }
        return identity + cells(run.inspection) + noted + [status?.error.map { $0.what } ?? ""]
      })
  }

  private func cells(_ inspection: RunInspection) -> [String] {
    guard let status = inspection.status else {
      return [inspection.stateText] + Array(repeating: "", count: Self.columns.count - 1)
    }
    return [
      inspection.stateText, status.phase ?? "", String(status.step), String(status.steps),
      String(status.attempts), CSVNumber.format(status.seconds), status.host,
      CSVNumber.format(status.peakMebibytes), status.blasCore, status.kernelLevel,
      String(status.threads),
    ]
  }
}
