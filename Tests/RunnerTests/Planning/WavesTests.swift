import ExperimentKit
import Store
import TestSupport
import Testing

@testable import Runner

/// Studies that read the tables of others, in one command with these.
@Suite struct WavesTests {
  private func walks(_ path: String) -> Walks {
    var walks = Walks(path)
    walks.registry = KindRegistry([WalkExperiment(), CountExperiment()])
    return walks
  }

  private static let walk = """
    schema: 1
    study: walk
    experiment: walk
    seeds: 2
    walk: {steps: 5}
    """

  private static func count(_ study: String, of studies: String) -> String {
    """
    schema: 1
    study: \(study)
    experiment: count
    seeds: 1
    studies: [\(studies)]
    """
  }

  private func request(_ texts: [String], _ walks: Walks) throws -> PlanRequest {
    var request = try walks.request(texts[0])
    request.manifests = try texts.enumerated().map { index, text in
      try Manifest(text: text, path: "\(index).yaml", registry: walks.registry)
    }
    return request
  }

  @Test func aStudyIsComputedAfterThoseThatItReads() throws {
    try withTemporaryFolder { path in
      let walks = walks(path)
      let manifests = [
        Self.count("third", of: "second"), Self.count("second", of: "walk"), Self.walk,
      ]
      let executors = Executors([HereExecutor(walks: walks)])
      let display = RunRecorder()
      let outcome = try walks.run(try request(manifests, walks), executors, display: display)
      #expect(outcome.verdict.exitCode == .success)
      #expect(display.recorder.started.map(\.study) == ["walk", "walk", "second", "third"])
      #expect(outcome.plan.runs.count == 4 && outcome.plan.manifests.count == 3)
      // Every table is shown once.
      #expect(display.reports.map(\.complete) == [1, 1, 2])
      // Two seeds of two sets, accuracy and loss; and the single number of the study in between.
      let numbers = try ["second", "third"].map { study in
        try StudyReader(walks.output.study(study), registry: walks.registry).rows(of: "accuracy")
          .map(\.value)
      }
      #expect(numbers == [[8], [1]])
      let again = try walks.run(try request(manifests, walks), executors)
      #expect(again.result.outcomes.isEmpty && again.plan.runs.allSatisfy { $0.reason == .done })
    }
  }

  @Test func afterFailFastNothingIsRead() throws {
    try withTemporaryFolder { path in
      let walks = walks(path)
      let failing = Self.walk.replacingOccurrences(of: "steps: 5", with: "steps: 5, end: fail")
      let outcome = try walks.run(
        try request([Self.count("second", of: "walk"), failing], walks),
        Executors([HereExecutor(walks: walks)]), isFailFast: true)
      #expect(outcome.verdict.exitCode == .runFailed)
      #expect(outcome.plan.runs.allSatisfy { $0.name.study == "walk" })
    }
  }

  @Test func onlyStudiesOfTheSameCommandAreWaitedFor() throws {
    try withTemporaryFolder { path in
      let walks = walks(path)
      let manifests = [
        Self.count("b", of: "a"), Self.count("c", of: "d"), Self.count("d", of: "c"),
        Self.count("e", of: "elsewhere"), Self.count("f", of: "f"),
      ]
      let waves = try request(manifests, walks).expanded().waves
      #expect(waves == [["b", "e", "f"], ["c", "d"]])
    }
  }

  /// A part of the runs is dealt from all of them, in whichever wave they are computed.
  @Test func shardsAreThoseOfTheWholePlan() throws {
    try withTemporaryFolder { path in
      let walks = walks(path)
      var request = try request([Self.walk, Self.count("b", of: "walk")], walks)
      var computed: [RunName] = []
      for index in 1...2 {
        request.shard = try Shard(parsing: "\(index)/2")
        let planned = try Plan.make(request).executedRuns.map(\.name)
        let display = RunRecorder()
        _ = try walks.run(request, Executors([HereExecutor(walks: walks)]), display: display)
        #expect(display.recorder.started == planned)
        computed += planned
      }
      #expect(computed.count == 3 && Set(computed).count == 3)
    }
  }
}
