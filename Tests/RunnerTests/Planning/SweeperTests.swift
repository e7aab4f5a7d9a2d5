import ExperimentKit
import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct SweeperTests {
  /// Proposes a walk, and when its results are there, another whose pace follows from them.
  private struct TwoSteps: Sweeper {
    let space: SweepSpace

    mutating func next(
      _ results: () throws -> (any StudyResults)?
    ) throws -> [ResolvedVariant] {
      let first = try space.resolve(at: [.parse("walk.pace=1")])
      let losses = try results()?.rows(of: "accuracy").filter { $0.metric == "loss" } ?? []
      guard let most = losses.map(\.value).max() else { return first }
      return first + (try space.resolve(at: [.parse("walk.pace=\(most + 0.5)")]))
    }
  }

  private static let manifest = """
    schema: 1
    experiment: walk
    seeds: 2
    walk: {steps: 20}
    """

  private func request(_ walks: Walks, sets: [String] = []) throws -> PlanRequest {
    var request = try walks.request(Self.manifest, sets: sets)
    request.sweeper = { TwoSteps(space: $0) }
    return request
  }

  @Test func aConfigurationMayFollowFromResults() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let executors = Executors([HereExecutor(walks: walks)])
      let request = try request(walks)
      // Without results there is one configuration to plan.
      #expect(try Plan.make(request).runs.count == 2)
      let display = RunRecorder()
      let outcome = try walks.run(request, executors, display: display)
      #expect(outcome.verdict.exitCode == .success)
      #expect(outcome.plan.runs.count == 4 && outcome.result.outcomes.count == 4)
      #expect(display.planned.count == 4 && Set(display.planned).count == 4)
      #expect(display.headlines.count == 2)
      #expect(display.recorder.started == display.planned)
      // The loss of seed 1 is 1.
      let record = try StudyRecord.required(walks.folder)
      let paces = record.configurations.flatMap(\.labels).flatMap(\.axes).map(\.value)
      #expect(paces.sorted() == ["1", "1.5"])
      #expect(record.configurations.allSatisfy { $0.seeds == [0, 1] })
      #expect(record.commandLines.count == 1)
      #expect(try walks.read().axes == ["walk.pace"])
      #expect(display.reports.map(\.complete) == [4])
      // The same command sees the same results, and has nothing left to compute.
      let again = try walks.run(request, executors)
      #expect(again.plan.runs.count == 4 && again.result.outcomes.isEmpty)
      #expect(again.plan.runs.allSatisfy { $0.reason == .done })
    }
  }

  @Test func afterFailFastNothingMoreIsAskedFor() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let request = try request(walks, sets: ["walk.end=fail"])
      let outcome = try walks.run(
        request, Executors([HereExecutor(walks: walks)]), isFailFast: true)
      #expect(outcome.verdict.exitCode == .runFailed)
      #expect(outcome.plan.runs.count == 2)
    }
  }

  @Test func aSweeperThatFailsLosesNothing() throws {
    struct Failing: Sweeper {
      let space: SweepSpace
      var isFirst = true

      mutating func next(
        _ results: () throws -> (any StudyResults)?
      ) throws -> [ResolvedVariant] {
        defer { isFirst = false }
        guard isFirst else { throw Failure(.internalError, "lost the way") }
        return try space.resolve()
      }
    }
    try withTemporaryFolder { path in
      let walks = Walks(path)
      var request = try walks.request(Self.manifest)
      request.sweeper = { Failing(space: $0) }
      let display = RunRecorder()
      let failure = #expect(throws: Failure.self) {
        try walks.run(request, Executors([HereExecutor(walks: walks)]), display: display)
      }
      #expect(failure?.what == "lost the way")
      #expect(display.reports.map(\.complete) == [2])
    }
  }

  @Test func theGridGivesEverythingAtOnce() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let manifest = try Manifest(text: Walks.manifest, path: "walk.yaml", registry: walks.registry)
      let space = SweepSpace(
        manifest, profile: "quick", sets: [try .parse("walk.steps=5,10")], only: nil)
      var grid = GridSweeper(space)
      let asked = { () throws -> (any StudyResults)? in throw Failure(.internalError, "asked") }
      #expect(try grid.next(asked).map(\.label).count == 4)
      #expect(try grid.next(asked).isEmpty)
    }
  }
}
