import ExperimentKit
import Store
import TestSupport
import Testing

/// What a checkpoint refuses.
@Suite struct CheckpointTests {
  /// A toy run that was stopped, and a change to it before it is resumed.
  private func resume(
    stoppedAfter questions: Int = 14, _ change: (inout ToyRun) throws -> Void
  ) throws -> (outcome: ToyOutcome?, log: EventLog) {
    try withTemporaryFolder { folder in
      let log = EventLog()
      var run = ToyRun(folder: folder)
      let asked = Counter()
      #expect(try run.execute { asked.increment() > questions } == nil)
      run.events = log.add
      try change(&run)
      return (try run.execute(), log)
    }
  }

  private func failure(_ change: (inout ToyRun) throws -> Void) throws -> Failure {
    do {
      _ = try resume(change)
    } catch let failure as Failure {
      return failure
    }
    Issue.record("the checkpoint was accepted")
    return Failure(.success, "")
  }

  @Test func refusesAnotherConfigurationAndNamesTheKeys() throws {
    let failure = try failure {
      $0.configuration.mask.beta = 0.5
      $0.configuration.pretrain.title = "other"
    }
    #expect(failure.exitCode == .corrupt)
    #expect(failure.what.contains("another configuration"))
    #expect(failure.description.contains("mask.beta: 0.0001, now 0.5"))
    #expect(failure.description.contains("pretrain.title: plain, now other"))
    #expect(!failure.description.contains("pretrain.lr"))
    var other = ToyRun()
    other.configuration.mask.beta = 0.5
    other.configuration.pretrain.title = "other"
    #expect(failure.description.contains(ToyRun().identity.hash))
    #expect(failure.description.contains(other.identity.hash))
  }

  @Test func refusesAnotherSeedExperimentAndVersion() throws {
    #expect(try failure { $0.seed = 4 }.what.contains("another seed"))
    #expect(try failure { $0.experiment.version = 2 }.what.contains("another version"))
    #expect(try failure { $0.experiment.name = "other" }.what.contains("another experiment"))
  }

  /// One sentence, and the run starts anew: nothing of the old state is used.
  @Test func anEarlierFormatIsNotContinued() throws {
    let (outcome, log) = try resume { run in
      let path = "\(run.folder ?? "")/checkpoint.safetensors"
      let file = try Checkpoint.read(path)
      let metadata = file.metadata.merging(["format": "modlab-checkpoint-1"]) { $1 }
      try Checkpoint.write(file.tensors, metadata: metadata, to: path, keepPrevious: false)
    }
    #expect(outcome != nil)
    #expect(log.warnings.count == 1)
    #expect(log.warnings.first?.hasSuffix("the run starts anew") == true)
    #expect(log.origins.allSatisfy { $0.hasSuffix(":computed") })
    #expect(log.events.contains(.phaseStarted(phase: "pretrain", steps: 12, from: 0)))
  }

  @Test func warnsOfAnotherEnvironment() throws {
    let (outcome, log) = try resume { $0.environment = "Haswell" }
    #expect(outcome != nil)
    #expect(log.warnings.count == 1)
    #expect(log.warnings.first?.contains("Haswell") == true)
  }

  @Test func fallsBackToThePreviousCheckpoint() throws {
    let expected = try resume { _ in }.outcome
    let (outcome, log) = try resume { run in
      let path = "\(run.folder ?? "")/checkpoint.safetensors"
      var bytes = try InputFile.bytes(at: path)
      bytes[bytes.count / 2] ^= 0x10
      try AtomicFile.write(bytes, to: path)
    }
    #expect(log.warnings.count == 1)
    #expect(outcome == expected)
  }

  @Test func refusesWhenBothAreDamaged() throws {
    let failure = try failure { run in
      let path = "\(run.folder ?? "")/checkpoint.safetensors"
      try AtomicFile.write("no checkpoint", to: path)
      try AtomicFile.write("neither", to: AtomicFile.previousPath(of: path))
    }
    #expect(failure.exitCode == .corrupt)
  }

  @Test func refusesWhatIsNoCheckpointOfARun() throws {
    let failure = try failure { run in
      let path = "\(run.folder ?? "")/checkpoint.safetensors"
      try Checkpoint.write([:], metadata: ["format": "something"], to: path, keepPrevious: false)
    }
    #expect(failure.what.contains("another format"))
  }

  @Test func refusesWhenTheProgramHasOtherPhases() throws {
    struct Renamed: Error {}
    try withTemporaryFolder { folder in
      let context = try RunContext(seed: 1, folder: folder)
      let state = NoisyDescent(context.random("x").normal([2]))
      try context.loop(phase: "one", steps: 2, state: state) { _ in StepReport(loss: 0) }
      var steps = 0
      #expect(throws: Renamed.self) {
        let options = RunOptions(checkpointEverySteps: 1)
        let again = try RunContext(seed: 1, folder: folder, options: options)
        try again.loop(phase: "one", steps: 2, state: state) { _ in StepReport(loss: 0) }
        try again.loop(phase: "two", steps: 5, state: state) { step in
          steps += 1
          if step == 3 { throw Renamed() }
          return StepReport(loss: 0)
        }
      }
      for (phases, part) in [
        ([("one", 3)], "phase 'one'"), ([("one", 2), ("three", 5)], "phase 'three'"),
        ([("one", 2), ("two", 6)], "phase 'two'"),
      ] {
        let again = try RunContext(seed: 1, folder: folder)
        do {
          for (phase, steps) in phases {
            try again.loop(phase: phase, steps: steps, state: state) { _ in StepReport(loss: 0) }
          }
          Issue.record("\(phases) was accepted")
        } catch let failure as Failure {
          #expect(failure.exitCode == .corrupt)
          #expect(failure.what.contains(part))
        }
      }
    }
  }

  /// Every byte and every length is tried in `StoreTests`; here, what a run makes of it.
  @Test func damageIsNoticedNamedAndTheRunGoesOnFromThePreviousCheckpoint() throws {
    try withTemporaryFolder { folder in
      var run = ToyRun(folder: folder)
      run.configuration.mask.steps = 1
      run.configuration.pretrain.steps = 1
      let expected = try run.execute()
      let path = "\(folder)/checkpoint.safetensors"
      let good = try InputFile.bytes(at: path)
      func expectWarning(_ bytes: [UInt8], _ place: String) throws {
        try AtomicFile.write(bytes, to: path)
        let log = EventLog()
        run.events = log.add
        #expect(try run.execute() == expected, "\(place)")
        #expect(log.warnings.count == 1, "\(place)")
        #expect(log.warnings.first?.hasPrefix(path) == true, "\(place)")
        #expect(
          log.warnings.first?.contains("continued from '\(path).previous'") == true, "\(place)")
      }
      for position in stride(from: 0, to: good.count, by: 97) {
        var bytes = good
        bytes[position] ^= 0x01
        try expectWarning(bytes, "byte \(position)")
        try expectWarning(Array(good[..<position]), "cut to \(position) bytes")
      }
    }
  }
}
