import ExperimentKit
import Store
import Tensors
import TestSupport
import Testing

/// Evaluations: done once, resumed, stopped in the middle.
@Suite struct EvaluationTests {
  /// A training loop, then some evaluations of a few parts each.
  private struct Evaluations {
    var folder: String?
    var options = RunOptions(checkpointInterval: 1e9)
    var count = 4
    var shouldStop: () -> Bool = { false }
    /// Called at the end of every evaluation.
    var disturbance: (Int) throws -> Void = { _ in }

    func execute(_ log: EventLog = EventLog()) throws -> [Record] {
      let context = try RunContext(
        seed: 1, folder: folder, totalSteps: 3 + count, options: options, events: log.add,
        shouldStop: shouldStop)
      let state = NoisyDescent(context.random("start").normal([4]))
      try context.loop(phase: "train", steps: 3, state: state) { step in
        StepReport(
          loss: state.step(
            step, target: Tensor(zeros: [4]), rate: 0.1, noise: context.random("noise")))
      }
      for number in 0..<count {
        try context.evaluate("evaluate-\(number)") {
          for part in 0..<3 {
            try context.checkCancellation()
            context.record(.trainingCurve, ["\(number)", "\(part)"], "loss", Double(number))
          }
          try disturbance(number)
        }
      }
      return context.records(of: .trainingCurve)
    }
  }

  private struct Crash: Error {}

  private func computed(_ log: EventLog) -> [String] {
    log.origins.filter { $0.hasPrefix("evaluate") && $0.hasSuffix(":computed") }
      .map { String($0.dropLast(":computed".count)) }
  }

  @Test func areComputedOnceHoweverOftenTheRunIsStopped() throws {
    let expected = try Evaluations().execute()
    #expect(expected.count == 12)
    try withTemporaryFolder { folder in
      var done: [String] = []
      var attempts = 0
      while true {
        attempts += 1
        let log = EventLog()
        let questions = Counter()
        // Enough for one evaluation, and for a part of the next one.
        let run = Evaluations(folder: folder, shouldStop: { questions.increment() > 6 })
        let rows = try? run.execute(log)
        done += computed(log)
        if let rows {
          #expect(rows == expected)
          break
        }
        #expect(attempts < 20)
      }
      #expect(attempts > 3)
      #expect(done == (0..<4).map { "evaluate-\($0)" })
    }
  }

  @Test func oneThatIsStoppedLeavesNoRows() throws {
    try withTemporaryFolder { folder in
      let questions = Counter()
      var run = Evaluations(folder: folder, shouldStop: { questions.increment() > 3 + 4 + 3 })
      let error = #expect(throws: Cancelled.self) { try run.execute() }
      #expect(error == Cancelled(phase: "evaluate-1", step: 0))
      run.shouldStop = { false }
      let log = EventLog()
      run.count = 1
      let rows = try run.execute(log)
      #expect(rows.map(\.keys[0]) == ["0", "0", "0"])
      #expect(log.origins == ["train:checkpoint", "evaluate-0:checkpoint"])
    }
  }

  /// Checkpoints of large networks take time: there is not one for every evaluation.
  @Test func checkpointsAreWrittenWhenTheyAreDue() throws {
    func checkpoints(_ options: RunOptions) throws -> Int {
      try withTemporaryFolder { folder in
        let log = EventLog()
        _ = try Evaluations(folder: folder, options: options).execute(log)
        return log.checkpoints
      }
    }
    #expect(try checkpoints(RunOptions(checkpointInterval: 1e9)) == 1)
    #expect(try checkpoints(RunOptions(checkpointInterval: 0)) >= 1 + 4)
    #expect(
      try checkpoints(RunOptions(checkpointInterval: 1e9, checkpointEverySteps: 2)) == 1 + 1 + 2)
  }

  @Test func aCrashCostsWhatTheLastCheckpointDoesNotHave() throws {
    try withTemporaryFolder { folder in
      let run = Evaluations(
        folder: folder,
        options: RunOptions(checkpointInterval: 1e9, checkpointEverySteps: 2),
        disturbance: { if $0 == 3 { throw Crash() } })
      #expect(throws: Crash.self) { try run.execute() }
      let log = EventLog()
      let rows = try Evaluations(folder: folder).execute(log)
      #expect(rows == (try Evaluations().execute()))
      #expect(computed(log) == ["evaluate-2", "evaluate-3"])
    }
  }

  @Test func aLoopThatFollowsSavesThemWhenItIsStopped() throws {
    try withTemporaryFolder { folder in
      var evaluated = 0
      func execute(stops: Bool) throws {
        let context = try RunContext(
          seed: 1, folder: folder, options: RunOptions(checkpointInterval: 1e9),
          shouldStop: { stops && evaluated > 0 })
        try context.evaluate("first") {
          evaluated += 1
          context.record(.accuracy, ["a", "b", "c"], "loss", 2)
        }
        let state = NoisyDescent(Tensor(zeros: [2]))
        try context.loop(phase: "loop", steps: 2, state: state) { _ in StepReport(loss: 0) }
        #expect(context.records(of: .accuracy).map(\.value) == [2])
      }
      #expect(throws: Cancelled.self) { try execute(stops: true) }
      try execute(stops: false)
      #expect(evaluated == 1)
    }
  }

  @Test func resultsAreKept() throws {
    try withTemporaryFolder { folder in
      func execute(stops: Bool) throws -> [String: StoredTensor] {
        var isAfter = false
        let context = try RunContext(
          seed: 1, folder: folder, options: RunOptions(checkpointInterval: 1e9),
          shouldStop: { stops && isAfter })
        let result = try context.evaluateKeepingResult("first") {
          #expect(stops, "computed again")
          return ["x": .float32(Tensor([1, 2], shape: [2]))]
        }
        isAfter = true
        try context.checkCancellation()
        return result
      }
      #expect(throws: Cancelled.self) { try execute(stops: true) }
      let kept = try execute(stops: false)
      #expect(kept["x"]?.float32?.scalars == [1, 2])
    }
  }

  @Test func tellTheirProgress() throws {
    let log = EventLog()
    _ = try Evaluations(
      options: RunOptions(checkpointInterval: 1e9, progressInterval: 0), count: 2
    ).execute(log)
    #expect(log.events.contains(.phaseStarted(phase: "evaluate-0", steps: 1, from: 0)))
    let progress = log.events.compactMap { event -> RunEvent.Progress? in
      if case .progress(let progress) = event { progress } else { nil }
    }
    #expect(progress.last?.phase == "evaluate-1")
    #expect(progress.last?.completedSteps == 4)
    #expect(progress.last?.totalSteps == 5)
    #expect(progress.last?.loss == nil)
  }

  @Test func aKindRecordsItsOwnTablesOnly() async {
    await #expect(processExitsWith: .failure) {
      let foreign = Table("foreign", "not the toy's", keys: [], metrics: [.init("x", "y")])
      try RunContext(seed: 0, kind: ToyExperiment()).record(foreign, [], "x", 1)
    }
    await #expect(processExitsWith: .failure) {
      let foreign = Artefact("foreign.safetensors", format: "f-1", "not the toy's")
      try RunContext(seed: 0, kind: ToyExperiment()).save(foreign, [:])
    }
  }
}
