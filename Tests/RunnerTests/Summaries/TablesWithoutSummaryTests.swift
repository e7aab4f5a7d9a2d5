import ExperimentKit
import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct TablesWithoutSummaryTests {
  /// Where the same keys mean another thing for each seed, statistics over seeds mean nothing.
  @Test func aTableMayHaveNoSummary() throws {
    try withTemporaryFolder { path in
      var walk = WalkExperiment()
      walk.tables = [
        Table(
          "accuracy", Table.accuracy.documentation, keys: Table.accuracy.keys,
          metrics: Table.accuracy.declaredMetrics, hasSummary: false)
      ]
      var walks = Walks(path)
      walks.registry = KindRegistry([walk])
      try walks.compute(walks.request())
      // One that a former version has left.
      try AtomicFile.write("study\n", to: walks.folder.summaryFile("accuracy"))
      let report = try walks.summarize()
      #expect(report.files.filter { $0.contains("accuracy") }.count == 1)
      #expect(
        try Folder.contents(at: walks.folder.path).filter { $0.hasSuffix(".csv") }
          == ["accuracy.csv", "runs.csv"])
    }
  }
}
