import ExperimentKit
import Glibc
import Store
import Tensors
import TestSupport
import Testing

/// Independent phases: the same bytes with any number of threads and after any interruption.
@Suite struct IndependentPhaseTests {
  @Test(arguments: [2, 3, 8])
  func theNumberOfThreadsDoesNotMatter(threads: Int) throws {
    let expected = try StagesRun.reference()
    #expect(expected.tables["training_curve"]?.count == 35)
    #expect(expected.notes.count == 5)
    #expect(expected.points.count == 6)
    for _ in 0..<5 {
      try withTemporaryFolder { folder in
        let outcome = try StagesRun(folder: folder, threads: threads).execute()
        #expect(outcome == expected)
      }
    }
  }

  @Test func phasesRunAtTheSameTime() throws {
    // Two stages wait for each other, which one thread could not.
    let started = Counter()
    var run = StagesRun(threads: 2)
    run.disturbance = { stage, step in
      guard step == 0, ["stage-0", "stage-1"].contains(stage) else { return }
      started.increment()
      var waits = 0
      while started.value < 2, waits < 10_000 {
        usleep(1000)
        waits += 1
      }
    }
    _ = try run.execute()
    #expect(started.value == 2)
  }

  @Test func theCallingThreadsModeIsThatOfAll() throws {
    let tiny = Float.leastNormalMagnitude
    for (threads, flushes) in [(1, false), (3, false), (1, true), (3, true)] {
      let flushed = Counter()
      var run = StagesRun(threads: threads)
      run.disturbance = { _, step in
        if (tiny / Float(step + 2)).isZero { flushed.increment() }
      }
      _ = try FloatingPointMode.flushingDenormals(flushes) { try run.execute() }
      #expect(flushed.value == (flushes ? StagesRun.steps.reduce(0, +) : 0))
    }
  }

  // MARK: Interruptions

  @Test func stoppedAtEveryQuestionAndResumedWithOtherThreads() throws {
    let expected = try StagesRun.reference()
    for threads in [[1, 2, 3], [2, 1, 2], [3, 2, 1]] {
      var wasStopped = true
      var limit = 1
      while wasStopped {
        try withTemporaryFolder { folder in
          var outcome: StagesRun.Outcome?
          for (attempt, threads) in threads.enumerated() {
            let questions = Counter()
            let run = StagesRun(
              folder: folder, threads: threads,
              shouldStop: { attempt < 2 && questions.increment() >= limit })
            outcome = try run.executeUnlessStopped()
            if attempt == 0 { wasStopped = outcome == nil }
            if outcome != nil { break }
          }
          #expect(outcome == expected, "\(threads), stopped at question \(limit)")
        }
        limit += 1
      }
    }
  }

  @Test func aStopLosesNoStep() throws {
    for limit in 4..<30 {
      try withTemporaryFolder { folder in
        let counted = Counter()
        let questions = Counter()
        var run = StagesRun(
          folder: folder, threads: 2, shouldStop: { questions.increment() >= limit },
          disturbance: { _, _ in counted.increment() })
        let first = try run.executeUnlessStopped()
        #expect(first == nil)
        run.shouldStop = { false }
        run.threads = 1
        _ = try run.execute()
        #expect(counted.value == StagesRun.steps.reduce(0, +), "stopped at question \(limit)")
      }
    }
  }

  @Test func killedAtEveryStepAtMostOneIntervalIsLost() throws {
    let expected = try StagesRun.reference()
    let interval = 3
    for (stage, steps) in zip(StagesRun.names, StagesRun.steps) {
      for step in 0..<steps {
        try withTemporaryFolder { temporary in
          let folder = "\(temporary)/run"
          try Folder.create(at: folder)
          // What a killed process leaves behind is what was there during one of its steps.
          let killed = "\(temporary)/killed"
          try Folder.create(at: killed)
          let counted = Counter()
          var run = StagesRun(folder: folder, threads: 2)
          run.options.checkpointEverySteps = interval
          run.disturbance = {
            counted.increment()
            if $0 == stage, $1 == step {
              try AtomicFile.write(
                InputFile.bytes(at: "\(folder)/checkpoint.safetensors"),
                to: "\(killed)/checkpoint.safetensors")
            }
          }
          _ = try run.execute()
          #expect(counted.value == StagesRun.steps.reduce(0, +))
          // Of two phases at most so many steps are taken again.
          let again = Counter()
          let resumed = StagesRun(
            folder: killed, threads: 1,
            disturbance: {
              if $0 == stage, $1 <= step { again.increment() }
            })
          let outcome = try resumed.execute()
          #expect(outcome == expected, "killed in \(stage) at step \(step)")
          #expect(again.value <= interval, "killed in \(stage) at step \(step)")
        }
      }
    }
  }

  /// `ResumeTests` lets every single one fail.
  @Test func fileOperationsFail() throws {
    let expected = try StagesRun.reference()
    var didFire = true
    var number = 1
    while didFire {
      try withTemporaryFolder { folder in
        var run = StagesRun(folder: folder, threads: 2)
        run.options.checkpointEverySteps = 4
        let faulty = FaultyFileOperations(nil, number: number, action: .fail(SystemError(ENOSPC)))
        run.options.operations = faulty
        do {
          let outcome = try run.execute()
          #expect(outcome == expected, "operation \(number)")
        } catch let failure as Failure {
          #expect(failure.exitCode == .inputOutput, "\(failure)")
        }
        didFire = faulty.didFire
        run.options.operations = SystemFileOperations()
        run.threads = 3
        let outcome = try run.execute()
        #expect(outcome == expected, "operation \(number)")
      }
      number += 5
    }
    #expect(number > 50)
  }

  // MARK: Checkpoints and events

  @Test(arguments: [1, 2, 3])
  func eventsAreWellFormed(threads: Int) throws {
    try withTemporaryFolder { folder in
      let log = EventLog()
      var run = StagesRun(folder: folder, threads: threads, events: log.add)
      run.options.progressInterval = 0
      run.options.checkpointEverySteps = 2
      _ = try run.execute()
      var steps: [String: Int] = [:]
      var most = 0
      var underWay: Set<String> = []
      var completed = 0
      for event in log.events {
        switch event {
        case .phaseStarted(let phase, _, let from):
          #expect(from == 0 && underWay.insert(phase).inserted)
          most = max(most, underWay.count)
        case .progress(let progress):
          #expect(underWay.contains(progress.phase))
          #expect(progress.step == steps[progress.phase, default: 0] + 1)
          steps[progress.phase] = progress.step
          #expect(progress.completedSteps == completed + 1)
          #expect(progress.totalSteps == StagesRun.totalSteps)
          completed = progress.completedSteps
        case .checkpoint(let phase?, let step):
          #expect(underWay.contains(phase) && step == steps[phase, default: 0])
        case .checkpoint(nil, _): #expect(underWay.count <= 1)
        case .phaseFinished(let phase, _, let origin):
          #expect(origin == .computed && underWay.remove(phase) != nil)
        case .log(let line): #expect(underWay.contains(String(line.prefix(7))))
        case .waiting, .warning: Issue.record("\(event)")
        }
      }
      #expect(completed == StagesRun.totalSteps)
      #expect(underWay.isEmpty && most <= threads)
      #expect(log.events.count { if case .log = $0 { true } else { false } } == 5)
    }
  }

  @Test func whicheverPhaseEndsLastTheCheckpointHasWhatAllRecorded() throws {
    /// The checkpoint after a long phase and a short one, which record when they are finished.
    func checkpoint(threads: Int) throws -> (bytes: [UInt8], notes: String?) {
      try withTemporaryFolder { folder in
        let context = try RunContext(seed: 5, folder: folder, threads: threads)
        let phases = [("long", 20), ("short", 1)].map { name, steps in
          IndependentPhase(
            name, steps: steps, makeState: { NoisyDescent(Tensor<Float>(zeros: [3])) },
            body: { _, _ in
              // Time for the other thread, that the short phase may end first.
              usleep(2000)
              return StepReport(loss: 0)
            },
            finished: { _ in
              context.note(name, .bool(true))
              context.record(.trainingCurve, [name, "0"], "loss", 1)
            })
        }
        try context.loops(phases)
        let path = "\(folder)/checkpoint.safetensors"
        return (try InputFile.bytes(at: path), try Checkpoint.read(path).metadata["notes"])
      }
    }
    let expected = try checkpoint(threads: 1)
    #expect(expected.notes == #"{"long":true,"short":true}"#)
    #expect(try checkpoint(threads: 2).bytes == expected.bytes)
  }

  @Test func statesAreMadeWhenTheirTurnComes() throws {
    let made = Counter()
    var run = StagesRun(made: { made.increment() })
    var seen: [String: Int] = [:]
    run.disturbance = { stage, _ in seen[stage] = made.value }
    _ = try run.execute()
    #expect(seen == ["stage-0": 1, "stage-1": 2, "stage-2": 3, "stage-3": 4, "stage-4": 5])
  }
}
