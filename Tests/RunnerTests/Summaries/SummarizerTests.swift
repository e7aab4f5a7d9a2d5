import ExperimentKit
import Foundation
import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct SummarizerTests {
  /// All CSV files of an experiment but `runs.csv`, which holds times.
  private func tables(_ walks: Walks) throws -> [String: String] {
    var tables: [String: String] = [:]
    for name in try Folder.contents(at: walks.folder.path)
    where name.hasSuffix(".csv") && name != "runs.csv" {
      tables[name] = try walks.text("\(walks.folder.path)/\(name)")
    }
    return tables
  }

  private func rows(_ walks: Walks, _ file: String) throws -> CSVTable {
    try CSVTable.read("\(walks.folder.path)/\(file)")
  }

  private func column(_ name: String, _ table: CSVTable) throws -> [String] {
    let index = try #require(table.column(name))
    return table.rows.map { $0[index] }
  }

  @Test func tablesHaveTheColumnsOfTheContract() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request())
      let report = try walks.summarize()
      #expect(report.complete == 6)
      #expect(report.total == 6)
      #expect(report.warnings.isEmpty)
      #expect(
        try Folder.contents(at: walks.folder.path).filter { $0.hasSuffix(".csv") }
          == ["accuracy.csv", "accuracy_summary.csv", "runs.csv"])
      let accuracy = try rows(walks, "accuracy.csv")
      #expect(
        accuracy.header == [
          "study", "variant", "profile", "seed", "stage", "mask_mode", "eval_set", "metric",
          "value",
        ])
      #expect(accuracy.rows.count == 24)
      #expect(
        accuracy.rows[1] == ["walk", "fast", "quick", "0", "full", "none", "iid", "loss", "0"])
      let summary = try rows(walks, "accuracy_summary.csv")
      #expect(
        summary.header == [
          "study", "variant", "profile", "stage", "mask_mode", "eval_set", "metric", "n",
          "n_failed", "mean", "std", "sem", "ci95_low", "ci95_high", "min", "max",
        ])
      // Losses 0, 1, 2: std 1, sem 1/sqrt(3), t(0.975, 2) = 4.302652729696142.
      let loss = try #require(summary.rows.first { $0[6] == "loss" })
      #expect(Array(loss[7...10]) == ["3", "0", "1", "1"])
      let low = try #require(Double(loss[12]))
      #expect(abs(low - (1 - 4.302652729696142 / 3.0.squareRoot())) < 1e-9)
      #expect(Array(loss[14...]) == ["0", "2"])
    }
  }

  @Test func aSecondTimeWritesTheSameBytes() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request())
      _ = try walks.summarize()
      let first = try tables(walks)
      let runs = try walks.text(walks.folder.runsFile)
      for name in first.keys { try AtomicFile.operations.remove("\(walks.folder.path)/\(name)") }
      _ = try walks.summarize()
      #expect(try tables(walks) == first)
      #expect(try walks.text(walks.folder.runsFile) == runs)
    }
  }

  @Test func theOrderOfTheRunsDoesNotMatter() throws {
    try withTemporaryFolder { path in
      let forwards = Walks(path + "/a")
      let backwards = Walks(path + "/b")
      try forwards.compute(forwards.request())
      try backwards.compute(backwards.request(), shuffled: true)
      for walks in [forwards, backwards] { _ = try walks.summarize() }
      #expect(try tables(forwards) == tables(backwards))
    }
  }

  @Test func oneSeedHasNoSpread() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [2], only: "slow"))
      _ = try walks.summarize()
      let loss = try #require(
        rows(walks, "accuracy_summary.csv").rows.first { $0[6] == "loss" })
      #expect(Array(loss[7...]) == ["1", "0", "2", "", "", "", "", "2", "2"])
    }
  }

  @Test func failedAndDivergedSeedsAreCounted() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(only: "slow"))
      for (seed, state) in [(1, RunStatus.State.failed), (2, .diverged)] {
        let name = try #require(walks.folder.existingRuns().first { $0.seed == seed })
        let file = walks.folder.run(name).statusFile
        var status = try RunStatus.read(file)
        status.state = state
        status.error = Failure(.runFailed, "it, \"went\" wrong")
        try status.write(to: file)
      }
      let report = try walks.summarize()
      #expect(report.complete == 1)
      let summary = try rows(walks, "accuracy_summary.csv")
      #expect(try column("n", summary) == ["1", "1", "1", "1"])
      #expect(try column("n_failed", summary) == ["2", "2", "2", "2"])
      let runs = try rows(walks, "runs.csv")
      #expect(try column("status", runs) == ["complete", "failed", "diverged"])
      #expect(try column("error", runs) == ["", "it, \"went\" wrong", "it, \"went\" wrong"])
      #expect(try column("note_converged", runs) == ["true", "true", "true"])
    }
  }

  @Test func valuesThatAreNoNumbersAreNeverAveraged() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let text = Walks.manifest.replacing("steps: 20", with: "steps: 20, end: undefined")
      try walks.compute(walks.request(text, only: "slow"))
      _ = try walks.summarize()
      let rows = try rows(walks, "accuracy.csv")
      #expect(rows.rows.filter { $0.last == "NaN" }.count == 2)
      let summary = try self.rows(walks, "accuracy_summary.csv")
      let loss = try #require(summary.rows.first { $0[6] == "loss" })
      // Seeds 0 and 2 remain.
      #expect(Array(loss[7...9]) == ["2", "1", "1"])
    }
  }

  @Test func incompleteRunsContributeNothing() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(only: "slow"))
      let name = try #require(walks.folder.existingRuns().first)
      let file = walks.folder.run(name).metricsFile("accuracy")
      try AtomicFile.write(walks.text(file).replacing("iid", with: "did"), to: file)
      let report = try walks.summarize()
      #expect(report.complete == 2)
      let accuracy = try rows(walks, "accuracy.csv")
      #expect(try Set(column("seed", accuracy)) == ["1", "2"])
      #expect(try column("status", rows(walks, "runs.csv")).first == "interrupted")
    }
  }

  @Test func sweptSettingsAreColumns() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0], sets: ["walk.pace=10,2"], only: "slow*"))
      // The plain variant has its own value in the column.
      try walks.compute(walks.request(seeds: [0], only: "slow"))
      _ = try walks.summarize()
      let accuracy = try rows(walks, "accuracy.csv")
      #expect(accuracy.header[3] == "walk.pace")
      let values = try column("walk.pace", accuracy)
      // Sorted as numbers, not as text.
      #expect(values == ["0.5", "2", "10"].flatMap { Array(repeating: $0, count: 4) })
      #expect(try rows(walks, "accuracy_summary.csv").header[3] == "walk.pace")
      #expect(try rows(walks, "runs.csv").header[3] == "walk.pace")
    }
  }

  @Test func aSweptValueThatEqualsTheDefaultIsNotListedTwice() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0, 1], sets: ["walk.pace=0.5"], only: "slow*"))
      try walks.compute(walks.request(seeds: [0, 2], only: "slow"))
      let report = try walks.summarize()
      // The seeds of both belong to it.
      #expect(report.total == 3)
      #expect(try rows(walks, "accuracy.csv").rows.count == 12)
      #expect(try rows(walks, "runs.csv").rows.count == 3)
      let summary = try rows(walks, "accuracy_summary.csv")
      #expect(try column("n", summary) == ["3", "3", "3", "3"])
      #expect(try Set(column("walk.pace", summary)) == ["0.5"])
    }
  }

  @Test func supersededRunsAreLeftOut() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0, 1], only: "slow"))
      let changed = Walks.manifest.replacing("pace: 0.5", with: "pace: 0.25")
      try walks.compute(walks.request(changed, seeds: [0], only: "slow"))
      let report = try walks.summarize()
      #expect(report.total == 1)
      #expect(try rows(walks, "accuracy.csv").rows.count == 4)
      #expect(try StatusReport(walks.read()).superseded == 2)
    }
  }

  @Test func tablesWithoutRunsAreRemoved() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0], sets: ["walk.end=fail"], only: "slow*"))
      try AtomicFile.write("old\n", to: walks.folder.summaryFile("accuracy"))
      try AtomicFile.write("mine\n", to: walks.folder.path + "/notes.csv")
      _ = try walks.summarize()
      #expect(!Folder.exists(walks.folder.summaryFile("accuracy")))
      // Files of the user are none of our business.
      #expect(Folder.exists(walks.folder.path + "/notes.csv"))
    }
  }

  @Test func mixedKernelsAreWarnedOf() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0, 1], only: "slow"))
      let name = try #require(walks.folder.existingRuns().first)
      let file = walks.folder.run(name).statusFile
      var status = try RunStatus.read(file)
      status.blasCore = "Abacus"
      try status.write(to: file)
      let report = try walks.summarize()
      #expect(report.warnings.count == 1)
      #expect(report.warnings[0].contains("Abacus"))
    }
  }

  @Test func tablesAreRebuiltByOneAtATime() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0], only: "slow"))
      let lock = try FileLock.acquire(walks.folder.tablesLockFile)
      let failure = #expect(throws: Failure.self) {
        try StudyTables.rebuild(walks.folder, registry: walks.registry, patience: 0.05)
      }
      #expect(failure?.exitCode == .locked)
      #expect(!Folder.exists(walks.folder.runsFile))
      lock.release()
      #expect(try StudyTables.rebuild(walks.folder, registry: walks.registry).complete == 1)
    }
  }

  @Test func aFolderWithoutSweepIsAFailure() throws {
    try withTemporaryFolder { path in
      let failure = #expect(throws: Failure.self) { try Walks(path).read() }
      #expect(failure?.what.contains("no results") == true)
      for folder in [path, path + "/none"] {
        let failure = #expect(throws: Failure.self) { try OutputFolder(folder).studies() }
        #expect(failure?.help?.contains("modlab run") == true)
      }
    }
  }

  @Test func studiesAreFoundFromOutsideAndInside() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0], only: "slow"))
      #expect(try walks.output.studies() == [walks.folder])
      #expect(try OutputFolder(walks.folder.path).studies() == [walks.folder])
      #expect(try OutputFolder(walks.folder.path + "/").studies()[0].name == "walk")
    }
  }
}

@Suite struct StatusReportTests {
  @Test func plannedRunsAreListedWithTheirStates() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0, 1], only: "slow"))
      let request = try walks.request(seeds: [0, 1, 2], only: "slow")
      try StudyRecord.note(
        commandLine: [], manifests: request.expanded(), environment: .ofThisProcess(),
        output: walks.output)
      let first = try #require(walks.folder.existingRuns().first)
      var status = try RunStatus.read(walks.folder.run(first).statusFile)
      status.state = .running
      status.step = 5
      status.stepsDone = ["walk": 5]
      status.stepSeconds = ["walk": 2]
      try status.write(to: walks.folder.run(first).statusFile)
      let report = try StatusReport(walks.read())
      #expect(report.groups.count == 1)
      let group = report.groups[0]
      #expect(group.runs.map(\.state) == ["interrupted", "complete", "new"])
      #expect(group.count("new") == 1)
      let left = try #require(group.secondsLeft)
      // 15 steps of one run and 20 of another, at the speed of all.
      let speed = try #require(group.runs[1].inspection.status?.stepSeconds["walk"])
      #expect(abs(left - 35 * (2 + speed) / 25) < 1e-6)
      #expect(report.owners == [])
      let lock = try FileLock.acquire(walks.folder.run(first).lockFile)
      defer { lock.release() }
      #expect(try StatusReport(walks.read()).runningCount == 1)
    }
  }
}
