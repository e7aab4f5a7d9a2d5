import ExperimentKit
import Store
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite struct RunContextTests {
  /// A clock that goes on by a fixed time whenever it is read.
  private func clock(_ tick: Double) -> @Sendable () -> Double {
    let reads = Counter()
    return { Double(reads.increment()) * tick }
  }

  @Test func streamsFollowFromSeedAndName() throws {
    let context = try RunContext(seed: 7)
    #expect(context.random("data") == RandomSource(seed: 7).stream("data"))
    #expect(context.random("data") != context.random("init"))
  }

  @Test func recordingARowAgainReplacesIt() throws {
    let context = try RunContext(seed: 0)
    context.record(.trainingCurve, ["add", "100"], "loss", 1)
    context.record(.trainingCurve, ["add", "20"], "kept_frac", 0.5)
    context.record(.trainingCurve, ["add", "20"], "loss", .nan)
    context.record(.trainingCurve, ["add", "100"], "loss", 2)
    let rows = context.records(of: .trainingCurve)
    #expect(rows.map(\.keys) == [["add", "20"], ["add", "20"], ["add", "100"]])
    #expect(rows.map(\.metric) == ["loss", "kept_frac", "loss"])
    #expect(rows[0].value.isNaN)
    #expect(rows[2].value == 2)
    #expect(context.recordedTables == [.trainingCurve])
    #expect(context.records(of: .accuracy).isEmpty)
  }

  @Test func withoutFolderNothingIsWritten() throws {
    let log = EventLog()
    var run = ToyRun()
    run.options = RunOptions(checkpointInterval: 1e-9, checkpointEverySteps: 1)
    run.events = log.add
    #expect(try run.execute() != nil)
    #expect(log.checkpoints == 0)
  }

  @Test func progressIsToldAtMostTwiceASecond() throws {
    let log = EventLog()
    var run = ToyRun()
    run.configuration.pretrain.steps = 100
    // Every step of a run without folder reads the clock once, the end of a phase once more.
    run.options.clock = clock(0.125)
    run.events = log.add
    _ = try run.execute()
    let progress = log.events.compactMap { event -> RunEvent.Progress? in
      if case .progress(let progress) = event { progress } else { nil }
    }
    #expect((114 / 4 - 1...114 / 4 + 1).contains(progress.count))
    #expect(progress.allSatisfy { $0.totalSteps == 114 })
    let completed = progress.map(\.completedSteps)
    #expect(completed == completed.sorted())
    #expect(zip(completed, completed.dropFirst()).allSatisfy { $1 - $0 >= 3 })
    #expect(progress.last?.phase == "mask-mul")
  }

  @Test func checkpointsFollowTheClock() throws {
    try withTemporaryFolder { folder in
      let log = EventLog()
      var run = ToyRun(folder: folder)
      run.configuration.pretrain.steps = 100
      run.options = RunOptions(checkpointInterval: 10, clock: clock(0.5))
      run.events = log.add
      _ = try run.execute()
      // Two or three readings per step, about 114 s in all; and one checkpoint after each phase.
      #expect((8...16).contains(log.checkpoints))
    }
  }

  @Test func withoutStepsThereIsAResult() throws {
    var run = ToyRun()
    run.configuration.pretrain.steps = 0
    run.configuration.mask.steps = 0
    let outcome = try #require(try run.execute())
    #expect(outcome.tables.keys.sorted() == ["accuracy"])
  }

  @Test func theResultReplacesTheState() throws {
    /// A state that forgets its secret when it is reduced to its result.
    final class Secretive: Resumable {
      var secret = 0.0
      func checkpoint() -> [String: StoredTensor] { ["s": .float64(Tensor([secret], shape: [1]))] }
      func restore(_ tensors: [String: StoredTensor]) throws {}
      func result() -> [String: StoredTensor] { [:] }
      func restoreResult(_ tensors: [String: StoredTensor]) throws { secret = 0 }
    }
    let state = Secretive()
    try RunContext(seed: 0).loop(phase: "p", steps: 3, state: state) { step in
      state.secret = Double(step)
      return StepReport(loss: 0)
    }
    #expect(state.secret == 0)
  }

  @Test func resultsCarryWhoseTheyAre() throws {
    try withTemporaryFolder { folder in
      let run = ToyRun(folder: folder)
      _ = try run.execute()
      let masks = try Safetensors.read("\(folder)/masks.safetensors")
      #expect(masks.metadata["format"] == "modlab-masks-1")
      #expect(masks.metadata["stages"] == "add,mul")
      #expect(masks.metadata["experiment"] == "toy")
      #expect(masks.metadata["hash"] == run.identity.hash)
      #expect(masks.metadata["seed"] == "3")
      #expect(
        masks.tensors.keys.sorted() == [
          "add/point", "add/point.logit", "mul/point", "mul/point.logit",
        ])
      let weights = try Safetensors.read("\(folder)/weights.safetensors")
      #expect(weights.metadata["format"] == "modlab-weights-1")
      #expect(weights.tensors["point"]?.shape == [6])
    }
  }

  @Test func optionsReadTheEnvironment() {
    var options = RunOptions()
    for bad in ["", "x", "0", "-3"] {
      options.apply(environment: [RunOptions.checkpointEveryStepsVariable: bad])
      #expect(options.checkpointEverySteps == nil)
    }
    options.apply(environment: [RunOptions.checkpointEveryStepsVariable: "25"])
    #expect(options.checkpointEverySteps == 25)
  }
}
