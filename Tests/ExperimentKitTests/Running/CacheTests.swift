import Dispatch
import ExperimentKit
import Store
import TestSupport
import Testing

/// Pre-training that several runs share.
@Suite struct CacheTests {
  private func entries(_ folder: String) throws -> [String] {
    try Folder.contents(at: "\(folder)/cache")
  }

  private func run(_ folder: String, _ name: String, _ change: (inout ToyRun) -> Void = { _ in })
    throws -> (outcome: ToyOutcome?, log: EventLog)
  {
    let log = EventLog()
    try Folder.create(at: "\(folder)/\(name)")
    var run = ToyRun(folder: "\(folder)/\(name)", cacheFolder: "\(folder)/cache")
    run.events = log.add
    change(&run)
    return (try run.execute(), log)
  }

  @Test func runsThatDifferLaterShareTheEntry() throws {
    try withTemporaryFolder { folder in
      let first = try run(folder, "a")
      #expect(first.log.origins.first == "pretrain:computed")
      let second = try run(folder, "b") { $0.configuration.mask.beta = 2e-4 }
      #expect(second.log.origins == ["pretrain:cache", "mask-add:computed", "mask-mul:computed"])
      #expect(try entries(folder).count == 1)
      let alone = try run(folder, "c") {
        $0.configuration.mask.beta = 2e-4
        $0.cacheFolder = nil
      }
      #expect(second.outcome == alone.outcome)
      #expect(second.outcome != first.outcome)
    }
  }

  @Test func theNameOfAnEntryTellsTheSeed() throws {
    try withTemporaryFolder { folder in
      _ = try run(folder, "a")
      let name = try #require(try entries(folder).first)
      #expect(name.hasSuffix("-seed-03.safetensors"))
      #expect(name.count == "0123456789-seed-03.safetensors".count)
    }
  }

  @Test func otherSeedsSettingsAndEnvironmentsShareNothing() throws {
    try withTemporaryFolder { folder in
      _ = try run(folder, "a")
      let others: [(inout ToyRun) -> Void] = [
        { $0.seed = 4 }, { $0.configuration.pretrain.rate = 0.2 }, { $0.environment = "other" },
        { $0.configuration.pretrain.steps = 13 },
      ]
      for (index, change) in others.enumerated() {
        let other = try run(folder, "b\(index)", change)
        #expect(other.log.origins.first == "pretrain:computed")
      }
      #expect(try entries(folder).count == 1 + others.count)
    }
  }

  @Test func anEntryThatCannotBeUsedIsComputedAgain() throws {
    try withTemporaryFolder { folder in
      let first = try run(folder, "a")
      let name = try #require(try entries(folder).first)
      let path = "\(folder)/cache/\(name)"
      let good = try InputFile.bytes(at: path)
      var flipped = good
      flipped[good.count - 1] ^= 1
      _ = try run(folder, "other") { $0.configuration.pretrain.rate = 0.2 }
      let otherName = try #require(try entries(folder).first { $0 != name })
      let other = try InputFile.bytes(at: "\(folder)/cache/\(otherName)")
      for (index, bad) in [flipped, Array(good.prefix(40)), [], other].enumerated() {
        try AtomicFile.write(bad, to: path)
        let again = try run(folder, "b\(index)")
        #expect(again.log.origins.first == "pretrain:computed")
        #expect(again.log.warnings.count >= 1)
        #expect(again.outcome == first.outcome)
        #expect(try InputFile.bytes(at: path) == good)
      }
    }
  }

  @Test func runsAtTheSameTimeComputeAnEntryOnce() throws {
    try withTemporaryFolder { folder in
      let steps = Counter()
      let failures = Counter()
      let expected = try run(folder, "alone") { $0.cacheFolder = nil }.outcome
      DispatchQueue.concurrentPerform(iterations: 4) { index in
        do {
          try Folder.create(at: "\(folder)/run\(index)")
          var run = ToyRun(folder: "\(folder)/run\(index)", cacheFolder: "\(folder)/cache")
          run.options.cachePollInterval = 0.005
          run.experiment.disturbance = { phase, _ in if phase == "pretrain" { steps.increment() } }
          if try run.execute() != expected { failures.increment() }
        } catch {
          failures.increment()
        }
      }
      #expect(steps.value == 12)
      #expect(failures.value == 0)
      #expect(try entries(folder).count == 1, "no lock is left")
    }
  }

  @Test func waitingForAnotherRunCanBeStopped() throws {
    try withTemporaryFolder { folder in
      _ = try run(folder, "a")
      let name = try #require(try entries(folder).first)
      let path = "\(folder)/cache/\(name)"
      try SystemFileOperations().remove(path)
      let lock = try FileLock.acquire(path.replacing(".safetensors", with: ".lock"))
      defer { lock.release() }
      let log = EventLog()
      try Folder.create(at: "\(folder)/b")
      var waiting = ToyRun(folder: "\(folder)/b", cacheFolder: "\(folder)/cache")
      waiting.options.cachePollInterval = 0.001
      waiting.events = log.add
      let questions = Counter()
      #expect(try waiting.execute { questions.increment() > 3 } == nil)
      #expect(log.events == [.waiting(phase: "pretrain")])
    }
  }

  @Test func anInterruptedComputationIsContinuedOrReplacedByTheCache() throws {
    try withTemporaryFolder { folder in
      try Folder.create(at: "\(folder)/a")
      let stopped = ToyRun(folder: "\(folder)/a", cacheFolder: "\(folder)/cache")
      let questions = Counter()
      #expect(try stopped.execute { questions.increment() > 6 } == nil)
      #expect(try entries(folder).isEmpty)
      let other = try run(folder, "b") { $0.configuration.mask.beta = 0.5 }
      #expect(other.log.origins.first == "pretrain:computed")
      let resumed = try run(folder, "a")
      #expect(resumed.log.origins.first == "pretrain:cache")
      let alone = try run(folder, "c") { $0.cacheFolder = nil }
      #expect(resumed.outcome == alone.outcome)
    }
  }

  @Test func theEntryOfAResumedRunIsComplete() throws {
    try withTemporaryFolder { folder in
      try Folder.create(at: "\(folder)/a")
      let stopped = ToyRun(folder: "\(folder)/a", cacheFolder: "\(folder)/cache")
      let questions = Counter()
      #expect(try stopped.execute { questions.increment() > 11 } == nil)
      let resumed = try run(folder, "a")
      #expect(resumed.log.events.first == .phaseStarted(phase: "pretrain", steps: 12, from: 11))
      let other = try run(folder, "b") { $0.configuration.mask.beta = 0.5 }
      #expect(other.log.origins.first == "pretrain:cache")
      let alone = try run(folder, "c") {
        $0.configuration.mask.beta = 0.5
        $0.cacheFolder = nil
      }
      #expect(other.outcome == alone.outcome)
    }
  }

  @Test func leftoversOfKilledRunsAreRemoved() throws {
    try withTemporaryFolder { folder in
      try Folder.create(at: "\(folder)/cache")
      try AtomicFile.write("half", to: "\(folder)/cache/.old.safetensors.4711-1.tmp")
      _ = try run(folder, "a")
      #expect(try entries(folder).count == 1)
    }
  }

  @Test func aCacheThatCannotBeWrittenIsOnlyAWarning() throws {
    try withTemporaryFolder { folder in
      let log = EventLog()
      var run = ToyRun(folder: nil, cacheFolder: "\(folder)/cache")
      run.events = log.add
      run.options.operations = FaultyFileOperations(
        .write, number: 1, action: .fail(SystemError(28)))
      let outcome = try run.execute()
      #expect(outcome != nil)
      #expect(log.warnings.count == 1)
      #expect(try entries(folder).isEmpty)
    }
  }
}
