import ExperimentKit
import Foundation
import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct PlanTests {
  @Test func aFreshPlanIsNewAndVariantMajor() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let plan = try Plan.make(walks.request())
      let names = plan.runs.map { "\($0.name.variant) \($0.name.seed)" }
      #expect(names == ["slow 0", "slow 1", "slow 2", "fast 0", "fast 1", "fast 2"])
      #expect(plan.runs.allSatisfy { $0.reason == .new && $0.isExecuted && !$0.startsAnew })
      #expect(plan.runs.allSatisfy { $0.estimate?.basis == .operations })
    }
  }

  @Test func planningWritesNothing() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      _ = try Plan.make(walks.request())
      #expect(try Folder.contents(at: path).isEmpty)
      try walks.compute(walks.request())
      let before = try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
      _ = try Plan.make(walks.request())
      #expect(try FileManager.default.subpathsOfDirectory(atPath: path).sorted() == before)
    }
  }

  @Test func doneFailedAndDivergedRunsAreLeftAlone() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      for end in ["complete", "fail", "diverge"] {
        try walks.compute(walks.request(seeds: [0], sets: ["walk.end=\(end)"], only: "slow*"))
      }
      let all = ["walk.end=complete,fail,diverge"]
      let plan = try Plan.make(walks.request(seeds: [0], sets: all, only: "slow*"))
      #expect(plan.runs.map(\.reason) == [.done, .failed, .diverged])
      #expect(plan.executedRuns.isEmpty)
      #expect(plan.runs[1].remark == "the walk ends here")
      #expect(plan.runs[2].remark?.contains("step 5: 'position'") == true)

      let retry = try Plan.make(
        walks.request(seeds: [0], sets: all, only: "slow*", retry: [.failed, .diverged]))
      #expect(retry.executedRuns.map(\.reason) == [.failed, .diverged])
      // The checkpoint of a failed run is good; that of a diverged one leads to the same end.
      #expect(retry.executedRuns.map(\.startsAnew) == [false, true])
      let one = try Plan.make(
        walks.request(seeds: [0], sets: all, only: "slow*", retry: [.diverged]))
      #expect(one.executedRuns.map(\.reason) == [.diverged])
    }
  }

  @Test func aCorruptCheckpointIsForgottenByARetryOnly() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let request = try walks.request(seeds: [0], only: "slow")
      let run = try #require(Plan.make(request).executedRuns.first)
      let folder = walks.folder.run(run.name)
      try Folder.create(at: folder.path)
      try AtomicFile.write("nonsense", to: folder.checkpointFile)
      let outcomes = try walks.compute(request)
      #expect(outcomes[run.name]?.error?.exitCode == .corrupt)
      #expect(try Plan.make(request).runs.map(\.reason) == [.failed])
      let retry = try walks.request(seeds: [0], only: "slow", retry: [.failed])
      #expect(try Plan.make(retry).runs.map(\.startsAnew) == [true])
      #expect(try walks.compute(retry)[run.name]?.state == .complete)
    }
  }

  @Test func missingDataAreTriedAgainWithoutBeingAsked() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let request = try walks.request(seeds: [0], sets: ["walk.end=missing-data"], only: "slow*")
      try walks.compute(request)
      let plan = try Plan.make(request)
      #expect(plan.runs.map(\.reason) == [.resume(step: 0)])
      #expect(plan.runs[0].isExecuted)
      #expect(plan.runs[0].remark == "there are no data")
    }
  }

  @Test func aChangedManifestMakesOldRunsSuperseded() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0, 1], only: "slow"))
      let changed = Walks.manifest.replacing("pace: 0.5", with: "pace: 0.25")
      let plan = try Plan.make(walks.request(changed, seeds: [0], only: "slow"))
      #expect(plan.runs.map(\.reason) == [.new, .superseded, .superseded])
      #expect(plan.executedRuns.count == 1)
      // Once the new configuration is in the record the old runs stay superseded.
      try walks.compute(walks.request(changed, seeds: [0], only: "slow"))
      let later = try Plan.make(walks.request(changed, seeds: [0], only: "slow"))
      #expect(later.runs.map(\.reason) == [.done, .superseded, .superseded])
    }
  }

  @Test func anotherSweepSupersedesNothing() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0], sets: ["walk.pace=1,2"], only: "slow*"))
      let plan = try Plan.make(walks.request(seeds: [0], only: "slow"))
      #expect(plan.runs.map(\.reason) == [.new])
    }
  }

  @Test func estimatesRestOnPastRunsOfTheSameConfiguration() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0]))
      for name in walks.folder.existingRuns() {
        let file = walks.folder.run(name).statusFile
        var status = try RunStatus.read(file)
        status.stepSeconds = ["walk": name.variant == "slow" ? 10 : 30]
        try status.write(to: file)
      }
      var request = try walks.request(seeds: [0, 1])
      request.workers = 1
      let plan = try Plan.make(request)
      let slow = try #require(plan.executedRuns.first { $0.name.variant == "slow" }?.estimate)
      #expect(slow == TimeEstimate(seconds: 10, basis: .sameConfiguration))
      #expect(plan.secondsLeft == 40)
      request.workers = 4
      #expect(try Plan.make(request).secondsLeft == 30)
    }
  }

  @Test func severalManifestsOfOneStudyShareTheirRuns() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      var request = try walks.request(seeds: [0])
      request.manifests += try walks.request(path: "copy/walk.yaml").manifests
      #expect(try Plan.make(request).runs.count == 2)
      request.manifests += try walks.request(path: "other.yaml").manifests
      #expect(Set(try Plan.make(request).runs.map(\.name.study)) == ["other", "walk"])
    }
  }

  /// A copied manifest with another setting, run into the same folder.
  @Test func twoManifestsOfOneStudyAreBothInTheTablesAndToldApart() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let edited = Walks.manifest.replacing("steps: 20", with: "steps: 30")
      try walks.compute(walks.request(seeds: [0], only: "slow"))
      try walks.compute(walks.request(edited, seeds: [0], only: "slow", path: "copy/walk.yaml"))
      let plan = try Plan.make(walks.request(seeds: [0], only: "slow"))
      #expect(plan.runs.map(\.reason) == [.done])
      #expect(try walks.summarize().complete == 2)
      let table = try CSVTable.read(walks.folder.summaryFile("accuracy"))
      let column = try #require(table.column("walk.steps"))
      #expect(Set(table.rows.map { $0[column] }) == ["20", "30"])
      let garbage = try GarbageCollector(
        walks.output, registry: walks.registry, includesSuperseded: true)
      #expect(try garbage.find().garbage.isEmpty)
    }
  }

  @Test func aStudyIsAboutOneKind() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0], only: "slow"))
      var record = try #require(try StudyRecord.read(walks.folder))
      record.configurations[0].kind = "swim"
      try record.write(walks.folder)
      let failure = #expect(throws: Failure.self) { try Plan.make(walks.request(seeds: [0])) }
      #expect(failure?.exitCode == .manifestInvalid)
      #expect(failure?.what == "the study 'walk' has runs of the kind 'swim'")
    }
  }
}
