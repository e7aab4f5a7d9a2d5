import ExperimentKit
import Glibc
import Store
import TestSupport
import Testing

/// A resumed run gives the same bytes as one that was never interrupted.
@Suite struct ResumeTests {
  private struct Interruption: Error {}

  /// The outcome of an uninterrupted run with the same files.
  private func reference(_ run: ToyRun, isCached: Bool = true) throws -> ToyOutcome {
    try withTemporaryFolder { folder in
      var run = run
      run.folder = folder
      run.cacheFolder = isCached ? "\(folder)/cache" : nil
      return try #require(try run.execute())
    }
  }

  @Test func theReferenceIsWhatItShouldBe() throws {
    let outcome = try reference(ToyRun())
    #expect(outcome.tables["training_curve"]?.split(separator: "\n").count == 1 + 3 + 14)
    #expect(outcome.tables["accuracy"]?.split(separator: "\n").count == 4)
    #expect(outcome.notes == ["last_curve_step": 10, "converged": true])
    let withoutCache = try reference(ToyRun(), isCached: false)
    #expect(outcome == withoutCache)
    let otherSeed = try reference(ToyRun(seed: 4))
    #expect(outcome != otherSeed)
  }

  @Test(arguments: [false, true])
  func stoppedAtEveryQuestion(isCached: Bool) throws {
    let expected = try reference(ToyRun())
    var wasStopped = true
    var limit = 1
    while wasStopped {
      try withTemporaryFolder { folder in
        let run = ToyRun(folder: folder, cacheFolder: isCached ? "\(folder)/cache" : nil)
        let questions = Counter()
        let first = try run.execute { questions.increment() >= limit }
        wasStopped = first == nil
        let outcome = try first ?? run.execute()
        #expect(outcome == expected, "stopped at question \(limit)")
      }
      limit += 1
    }
    // Every step of every phase and the three places between phases.
    #expect(limit == 2 + 12 + 7 + 7 + 3)
  }

  @Test func stoppedAgainAndAgain() throws {
    let expected = try reference(ToyRun())
    try withTemporaryFolder { folder in
      let run = ToyRun(folder: folder, cacheFolder: "\(folder)/cache")
      var starts = 0
      var outcome: ToyOutcome?
      while outcome == nil, starts < 100 {
        starts += 1
        let questions = Counter()
        // Up to two questions are asked between phases that are finished already.
        outcome = try run.execute { questions.increment() > 3 }
      }
      #expect(outcome == expected)
      #expect(starts > 12 / 3 + 7 / 2 + 7)
    }
  }

  @Test func killedAtEveryStepWithRareCheckpoints() throws {
    let expected = try reference(ToyRun())
    for phase in ["pretrain", "mask-add", "mask-mul"] {
      for step in 0..<(phase == "pretrain" ? 12 : 7) {
        try withTemporaryFolder { folder in
          var run = ToyRun(folder: folder, cacheFolder: "\(folder)/cache")
          run.options.checkpointEverySteps = 3
          run.experiment.disturbance = {
            if $0 == phase, $1 == step { throw Interruption() }
          }
          #expect(throws: Interruption.self) { try run.execute() }
          run.experiment.disturbance = { _, _ in }
          let outcome = try run.execute()
          #expect(outcome == expected, "killed in \(phase) at step \(step)")
        }
      }
    }
  }

  @Test(arguments: [ENOSPC, EIO])
  func everyFileOperationFailsOnce(code: Int32) throws {
    let expected = try reference(ToyRun())
    var didFire = true
    var number = 1
    while didFire {
      try withTemporaryFolder { folder in
        var run = ToyRun(folder: folder, cacheFolder: "\(folder)/cache")
        let faulty = FaultyFileOperations(nil, number: number, action: .fail(SystemError(code)))
        run.options.checkpointEverySteps = 5
        run.options.operations = faulty
        let first: ToyOutcome?
        do {
          first = try run.execute()
        } catch let failure as Failure {
          #expect(failure.exitCode == .inputOutput, "\(failure)")
          first = nil
        }
        didFire = faulty.didFire
        run.options.operations = SystemFileOperations()
        let outcome = try first ?? run.execute()
        #expect(outcome == expected, "operation \(number)")
      }
      number += 1
    }
    #expect(number > 50)
  }

  @Test func aFinishedRunGivesTheSameAgain() throws {
    try withTemporaryFolder { folder in
      let log = EventLog()
      var run = ToyRun(folder: folder)
      let first = try run.execute()
      run.events = log.add
      let second = try run.execute()
      #expect(second == first)
      #expect(
        log.origins == ["pretrain:checkpoint", "mask-add:checkpoint", "mask-mul:checkpoint"])
    }
  }

  @Test func theResumedPhaseStartsAtTheStoppedStep() throws {
    try withTemporaryFolder { folder in
      let log = EventLog()
      var run = ToyRun(folder: folder)
      let questions = Counter()
      _ = try run.execute { questions.increment() > 5 }
      run.events = log.add
      _ = try run.execute()
      #expect(log.events.first == .phaseStarted(phase: "pretrain", steps: 12, from: 5))
    }
  }
}
