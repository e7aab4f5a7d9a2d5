import ExperimentKit
import Runner
import Store

/// How the runs of a study stand.
struct RunsPart {
  private let reader: StudyReader

  init(_ reader: StudyReader) { self.reader = reader }

  /// Runs by state: the number of those in it, in the order in which runs pass them.
  var counts: [(state: String, count: Int)] {
    let states = Dictionary(grouping: reader.runs) { $0.inspection.stateText }
    return ["complete", "running", "new", "interrupted", "failed", "diverged"].compactMap { state in
      states[state].map { (state, $0.count) }
    }
  }

  /// `3 of 3 runs complete`, with what became of the others.
  var summary: String {
    let complete = reader.completeRuns.count
    let others = counts.filter { $0.state != "complete" }
      .map { "\($0.count) \($0.state == "new" ? "not begun" : $0.state)" }
    let text = "\(complete) of \(reader.runs.count) runs complete"
    return ([text] + others).joined(separator: ", ")
  }

  /// Whether something is left to compute.
  var isUnfinished: Bool {
    reader.runs.contains { !["complete", "failed", "diverged"].contains($0.inspection.stateText) }
  }

  /// All runs with the resources that they took.
  var table: PageTable {
    var table = PageTable(
      "Runs",
      columns: [
        .init("configuration"), .init("profile"), .init("seed", .number), .init("state"),
        .init("step", .number), .init("attempts", .number), .init("time", .number),
        .init("memory", .number), .init("host"),
      ])
    for (label, run) in labelled {
      let status = run.inspection.status
      let state = run.inspection.stateText
      table.add([
        .init(label.text(axes: reader.axes)), .init(label.profile), .init(String(run.name.seed)),
        .init(state, style: state),
        .init(
          "\(ShortNumber.grouped(status?.step ?? 0)) of \(ShortNumber.grouped(run.totalSteps))"),
        .init(status.map { String($0.attempts) } ?? ""),
        .init(status.map { DurationText.of($0.seconds) } ?? ""),
        .init(status.map { "\(Int($0.peakMebibytes.rounded())) MiB" } ?? ""),
        .init(status?.host ?? ""),
      ])
    }
    return table
  }

  /// Runs that have failed or diverged, with what was said and the last lines of the log.
  var failures: [JSONValue] {
    labelled.filter { ["failed", "diverged"].contains($0.run.inspection.stateText) }.map {
      label, run in
      let status = run.inspection.status
      let error = status?.error
      return [
        "run": .string(
          "\(label.text(axes: reader.axes)), profile \(label.profile), seed \(run.name.seed)"),
        "state": .string(run.inspection.stateText), "what": .string(error?.what ?? ""),
        "why": .string(error?.why ?? ""), "help": .string(error?.help ?? ""),
        "log": .string((status?.logTail ?? []).joined(separator: "\n")),
      ]
    }
  }

  private var labelled: [(label: ResultLabel, run: StudyReader.Run)] {
    reader.runs.flatMap { run in run.labels.map { (label: $0, run: run) } }.sorted { a, b in
      a.label == b.label
        ? a.run.name.seed < b.run.name.seed : ResultLabel.precedes(a.label, b.label)
    }
  }
}
