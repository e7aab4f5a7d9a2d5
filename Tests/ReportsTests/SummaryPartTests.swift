import ExperimentKit
import Store
import Testing

@testable import Reports

@Suite struct SummaryPartTests {
  private static let header = [
    "study", "variant", "profile", "mask.beta", "stage", "mask_mode", "metric", "n", "n_failed",
    "mean", "std", "sem", "ci95_low", "ci95_high", "min", "max",
  ]

  private func row(
    _ stage: String, _ mode: String, _ metric: String, mean: String, std: String = "0.1",
    n: String = "3", failed: String = "0"
  ) -> [String] {
    ["s", "main", "quick", "0.1", stage, mode, metric, n, failed, mean, std, "", "", "", "", ""]
  }

  private let table = Table(
    "accuracy", "How well",
    keys: [Table.Key("stage", "a stage"), Table.Key("mask_mode", "a mode")],
    metrics: [Table.Metric("accuracy", "share"), Table.Metric("loss", "nats")],
    controls: [.rows(key: "mask_mode", of: "mask", control: "random")])

  private func texts(_ table: PageTable) -> [[String]] { table.rows.map { $0.map(\.text) } }

  @Test func controlsStandBesideWhatTheyAreControlsOf() throws {
    let csv = CSVTable(
      header: Self.header,
      rows: [
        row("add", "mask", "accuracy", mean: "0.98"), row("add", "random", "accuracy", mean: "0.5"),
        row("add", "mask", "loss", mean: "2"), row("add", "random", "loss", mean: "NaN"),
      ])
    let tables = try #require(SummaryPart(table, csv)).tables
    #expect(tables.map(\.caption) == ["accuracy: accuracy", "accuracy: loss"])
    #expect(tables[0].columns.map(\.name) == ["stage", "mask", "random"])
    #expect(tables[0].columns.map(\.note) == ["", "", "control"])
    #expect(texts(tables[0]) == [["add", "0.98 ± 0.1", "0.5 ± 0.1"]])
    #expect(texts(tables[1]) == [["add", "2 ± 0.1", "NaN ± 0.1"]])
    #expect(tables[0].note.contains("over n = 3 seeds"))
    #expect(tables[0].note.contains("All rows: variant main, profile quick, mask.beta 0.1."))
  }

  @Test func metricsStandSideBySideWithTheirControls() throws {
    let overlap = Table(
      "overlap", "How far", keys: [Table.Key("layer", "a layer")],
      metrics: ["iou", "n", "iou_chance"].map { Table.Metric($0, "") },
      controls: [.metric("iou", control: "iou_chance")])
    let header = ["study", "variant", "profile", "layer"] + Self.header[6...]
    let csv = CSVTable(
      header: header,
      rows: [("iou", "0.4"), ("n", "7"), ("iou_chance", "0.1")].map { metric, mean in
        ["s", "main", "quick", "all", metric, "1", "0", mean, "", "", "", "", "", ""]
      })
    let shown = try #require(SummaryPart(overlap, csv)?.tables.first)
    #expect(shown.columns.map(\.name) == ["layer", "iou", "iou_chance", "n"])
    #expect(shown.columns.map(\.note) == ["", "", "control", ""])
    #expect(texts(shown) == [["all", "0.4", "0.1", "7"]])
    #expect(shown.note.contains("One seed, no spread."))
  }

  @Test func cellsSayWhereSeedsAreMissing() throws {
    let csv = CSVTable(
      header: Self.header,
      rows: [
        row("add", "mask", "accuracy", mean: "0.9"), row("mul", "mask", "accuracy", mean: "0.8"),
        row("sub", "mask", "accuracy", mean: "0.7", std: "", n: "1", failed: "2"),
        row("div", "mask", "accuracy", mean: "", std: "", n: "0", failed: "3"),
      ])
    let shown = try #require(SummaryPart(table, csv)?.tables.first)
    #expect(
      shown.rows.map { $0[1].note } == [
        "", "", "n = 1, 2 without a value", "n = 0, 3 without a value",
      ])
    #expect(shown.rows.map { $0[1].text } == ["0.9 ± 0.1", "0.8 ± 0.1", "0.7", "none"])
  }

  @Test func ofLongTablesTheBeginningIsShown() throws {
    let rows = (0..<SummaryPart.rowLimit + 5).map {
      row("stage\($0)", "mask", "accuracy", mean: "1")
    }
    let shown = try #require(
      SummaryPart(table, CSVTable(header: Self.header, rows: rows))?.tables.first)
    #expect(shown.rows.count == SummaryPart.rowLimit)
    #expect(shown.note.contains("The first 200 of 205 rows; the file has all."))
  }

  @Test func aFileThatIsNoSummaryHasNoPart() {
    let part = SummaryPart(table, CSVTable(header: ["study", "metric"]))
    #expect(part.map(\.tables.count) == nil)
  }
}

@Suite struct ProseTests {
  @Test(arguments: [
    ("`off`; `a b`: c", "‘off’; ‘a b’: c"), ("see [method](method.md).", "see method."),
    ("mean \\|x\\|", "mean |x|"), ("plain", "plain"),
  ])
  func marksAreTakenOut(text: String, plain: String) { #expect(Prose.plain(text) == plain) }
}
