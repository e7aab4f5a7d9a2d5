import ExperimentKit
import Store

/// Builds `runs.csv`: one line per run with its state and the resources it took.
struct RunsTable {
  /// One run.
  struct Row {
    /// Variant, profile and values of the swept settings.
    let group: [String]
    let hash: String
    let seed: Int
    let inspection: RunInspection
  }

  let experiment: String
  /// Keys of the swept settings.
  let axes: [String]

  private static let columns = [
    "status", "phase", "step", "steps", "attempts", "seconds", "host", "peak_rss_mib", "blas_core",
    "kernel_level", "threads",
  ]

  func build(_ rows: [Row]) -> CSVTable {
    let notes = Set(rows.flatMap { $0.inspection.status?.notes.keys.map(\.self) ?? [] }).sorted()
    let sorted = rows.sorted { a, b in
      a.group == b.group ? a.seed < b.seed : TableBuilder.groupPrecedes(a.group, b.group)
    }
    return CSVTable(
      header: ["experiment", "variant", "profile"] + axes.map(SweptColumn.name) + ["seed", "hash"]
        + Self.columns + notes.map { "note_" + SweptColumn.name($0) } + ["error"],
      rows: sorted.map { row in
        let status = row.inspection.status
        return [experiment] + row.group + [String(row.seed), row.hash] + cells(row.inspection)
          + notes.map { note in status?.notes[note].map(SettingText.column) ?? "" }
          + [status?.error.map { $0.what } ?? ""]
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

extension RunInspection {
  /// The state in one word: that of the status, but `interrupted` when no process computes a run
  /// that says to be running, and when the results of a complete run are damaged.
  public var stateText: String {
    switch condition {
    case .new: isBeingComputed ? "running" : "new"
    case .done: "complete"
    case .failed: "failed"
    case .diverged: "diverged"
    case .resumable:
      isBeingComputed
        ? "running" : status?.state == .failed ? "failed" : "interrupted"
    }
  }
}
