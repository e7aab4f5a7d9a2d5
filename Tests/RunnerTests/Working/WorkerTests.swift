import ExperimentKit
import Store
import Synchronization
import TestSupport
import Testing

@testable import Runner

@Suite struct WorkerTests {
  private func planned(_ walks: Walks, _ sets: [String] = []) throws -> PlannedRun {
    try #require(
      Plan.make(walks.request(seeds: [1], sets: sets, only: "slow*", retry: [.failed, .diverged]))
        .executedRuns.first)
  }

  /// Bytes of everything that must not depend on how a run was interrupted.
  private func results(_ folder: RunFolder) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    let digests = try RunStatus.read(folder.statusFile).digests
    for name in digests.keys.sorted() + ["config.json"] {
      files[name] = try InputFile.bytes(at: "\(folder.path)/\(name)")
    }
    return files
  }

  @Test func aCompleteRunLeavesAllFiles() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let run = try planned(walks)
      var messages: [WorkerMessage] = []
      let outcome = try walks.worker(run, send: { messages.append($0) }).run()
      #expect(outcome.state == .complete)
      #expect(messages.last == .finished(outcome))

      let folder = walks.folder.run(run.name)
      let names = try Folder.contents(at: folder.path)
      #expect(
        names == ["config.json", "log.txt", "metrics", "status.json", "weights.safetensors"])
      let status = try RunStatus.read(folder.statusFile)
      #expect(status.state == .complete)
      #expect(status.attempts == 1)
      #expect(status.step == 20)
      #expect(status.steps == 20)
      #expect(status.workedSteps == 20)
      #expect(status.phase == "walk")
      #expect(status.stepsDone == ["walk": 20])
      #expect(status.stepSeconds.keys.sorted() == ["walk"])
      #expect(status.data.isEmpty)
      let json = try JSONValue.parse(walks.text(folder.statusFile), file: "status.json")
      #expect(json["data"] == [:] && json["steps_done"]?["walk"] == 20)
      #expect(status.notes == ["converged": true])
      #expect(status.peakMebibytes > 1)
      #expect(!status.blasCore.isEmpty && !status.kernelLevel.isEmpty && !status.host.isEmpty)
      let csv = try CSVTable.read(folder.metricsFile("accuracy"))
      #expect(csv.header == ["stage", "mask_mode", "eval_set", "metric", "value"])
      #expect(csv.rows.count == 4)
      #expect(csv.rows[1] == ["full", "none", "iid", "loss", "1"])
      let config = try RunIdentity(
        json: JSONValue.parse(walks.text(folder.configFile), file: "config.json"),
        file: "config.json")
      #expect(config.hash == run.name.hash)
      let log = try walks.text(folder.logFile).split(separator: "\n")
      #expect(log.first?.contains("attempt 1: BLAS kernels") == true)
      #expect(log.allSatisfy { $0.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ .*/) != nil })
    }
  }

  @Test func theNumberOfThreadsIsOnRecordAndInNoResult() throws {
    func files(threads: Int) throws -> [String: [UInt8]] {
      try withTemporaryFolder { path in
        let walks = Walks(path)
        let run = try planned(walks)
        var specification = try walks.specification(run)
        specification.threads = threads
        let outcome = try Worker(
          specification, registry: walks.registry, send: { _ in }
        ).run()
        #expect(outcome.state == .complete)
        let folder = walks.folder.run(run.name)
        #expect(try RunStatus.read(folder.statusFile).threads == threads)
        #expect(
          try walks.text(folder.logFile).contains(
            ", \(threads) thread\(threads > 1 ? "s" : "") on "))
        return try results(folder)
      }
    }
    #expect(try files(threads: 1) == files(threads: 3))
  }

  @Test func aFailureIsRecordedWithItsLog() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let run = try planned(walks, ["walk.end=fail"])
      let outcome = try walks.worker(run).run()
      #expect(outcome.state == .failed)
      let status = try RunStatus.read(walks.folder.run(run.name).statusFile)
      #expect(status.error == Failure(.runFailed, "the walk ends here"))
      #expect(status.logTail.last?.contains("the walk ends here") == true)
      #expect(status.digests.isEmpty)
      #expect(walks.folder.run(run.name).tableFiles().isEmpty)
    }
  }

  @Test func aDivergenceNamesStepAndTensor() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let run = try planned(walks, ["walk.end=diverge"])
      let outcome = try walks.worker(run).run()
      #expect(outcome.state == .diverged)
      #expect(outcome.error?.what.contains("phase 'walk' at step 5: 'position'") == true)
      // The next attempt begins anew and ends the same way.
      let again = try planned(walks, ["walk.end=diverge"])
      #expect(again.startsAnew)
      #expect(try walks.worker(again).run().error == outcome.error)
      #expect(try walks.worker(again, shouldStop: { true }).run().state == .interrupted)
      let status = try RunStatus.read(walks.folder.run(run.name).statusFile)
      #expect(status.attempts == 3)
      #expect(status.step == 0)
    }
  }

  @Test(arguments: [1, 2, 7, 19])
  func anInterruptedRunEndsWithTheSameBytes(stepsPerAttempt: Int) throws {
    try withTemporaryFolder { path in
      let whole = Walks(path + "/whole")
      #expect(try whole.worker(planned(whole)).run().state == .complete)

      let broken = Walks(path + "/broken")
      var attempts = 0
      while attempts < 40 {
        let run = try planned(broken)
        let folder = broken.folder.run(run.name)
        attempts += 1
        var questions = 0
        let outcome = try broken.worker(
          run,
          shouldStop: {
            questions += 1
            return questions > stepsPerAttempt
          }
        ).run()
        if outcome.state == .complete { break }
        #expect(outcome.state == .interrupted)
        #expect(outcome.error == nil)
        // Nothing done before the stop is lost.
        guard case .resume(let step) = try planned(broken).reason else {
          Issue.record("not resumable")
          return
        }
        #expect(step == attempts * stepsPerAttempt)
        #expect(try RunStatus.read(folder.statusFile).state == .interrupted)
      }
      #expect(attempts == 20 / stepsPerAttempt + (20 % stepsPerAttempt == 0 ? 0 : 1))
      let a = try #require(whole.folder.existingRuns().first)
      #expect(
        try results(whole.folder.run(a)) == results(broken.folder.run(a)))
      let status = try RunStatus.read(broken.folder.run(a).statusFile)
      #expect(status.attempts == attempts)
      #expect(status.workedSteps == 20)
    }
  }

  @Test func aSecondWorkerOfTheSameRunWaitsForTheFirst() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let run = try planned(walks)
      let folder = walks.folder.run(run.name)
      try Folder.create(at: folder.path)
      let lock = try FileLock.acquire(folder.lockFile)
      var questions = 0
      var messages: [WorkerMessage] = []
      let worker = try walks.worker(
        run,
        shouldStop: {
          questions += 1
          if questions == 3 { lock.release() }
          return false
        }
      ) { messages.append($0) }
      #expect(worker.run().state == .complete)
      #expect(messages.first == .warning("waiting for another process that uses \(folder.path)"))
    }
  }

  @Test func aFolderThatCannotBeMadeIsAnInputOutputFailure() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let run = try planned(walks)
      try AtomicFile.write("a file", to: walks.output.root)
      let outcome = try walks.worker(run).run()
      #expect(outcome.state == .failed)
      #expect(outcome.error?.exitCode == .inputOutput)
    }
  }

  @Test func tablesOfAnEarlierProgramAreRemoved() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let run = try planned(walks)
      let folder = walks.folder.run(run.name)
      try Folder.create(at: folder.metrics)
      try AtomicFile.write("old\n", to: folder.metricsFile("confusion"))
      #expect(try walks.worker(run).run().state == .complete)
      #expect(folder.tableFiles() == ["metrics/accuracy.csv"])
      let digests = try RunStatus.read(folder.statusFile).digests
      #expect(digests.keys.sorted() == ["metrics/accuracy.csv", "weights.safetensors"])
    }
  }

  @Test func leftTemporaryFilesAreRemoved() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      let run = try planned(walks)
      let folder = walks.folder.run(run.name)
      try Folder.create(at: folder.metrics)
      for file in [folder.path, folder.metrics] {
        try AtomicFile.write("half", to: "\(file)/.x.csv.123-4.tmp")
      }
      #expect(try walks.worker(run).run().state == .complete)
      #expect(!Folder.exists("\(folder.path)/.x.csv.123-4.tmp"))
      #expect(!Folder.exists("\(folder.metrics)/.x.csv.123-4.tmp"))
    }
  }

  @Test func messagesSurviveTheirLines() throws {
    var progress = RunProgress()
    progress.phase = "walk \"1\"\n"
    progress.step = 3
    progress.steps = 9
    progress.loss = .nan
    progress.stepsPerSecond = 2.5
    progress.stepsDone = ["walk": 3]
    progress.stepSeconds = ["walk": 1.5]
    let failure = Failure(.inputOutput, "what", why: "why", help: "help")
    let messages: [WorkerMessage] = [
      .checkpoint(phase: nil, step: 4), .checkpoint(phase: "p", step: 4), .waiting(phase: "p"),
      .warning("w"), .finished(RunOutcome(.failed, error: failure, seconds: 1.5)),
      .finished(RunOutcome(.complete)),
    ]
    for message in messages {
      let line = message.json.serialized()
      #expect(!line.contains("\n"))
      #expect(WorkerMessage(line: line) == message)
    }
    let line = WorkerMessage.progress(progress).json.serialized()
    guard case .progress(let read)? = WorkerMessage(line: line) else {
      Issue.record("no progress")
      return
    }
    #expect(read.loss?.isNaN == true)
    #expect(read.phase == progress.phase)
    #expect(read.stepsPerSecond == 2.5)
    #expect(read.stepsDone == ["walk": 3] && read.stepSeconds == ["walk": 1.5])
  }

  @Test(arguments: ["", "hello", "{", "{}", "{\"message\":\"dance\"}", "[1]"])
  func printedTextIsNoMessage(line: String) {
    #expect(WorkerMessage(line: line) == nil)
  }

  @Test func aSpecificationSurvivesItsLine() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      var specification = try walks.specification(planned(walks, ["walk.pace=3"]))
      specification.threads = 3
      let line = specification.json.serialized()
      #expect(!line.contains("\n"))
      #expect(
        try WorkerSpecification(json: JSONValue.parse(line, file: "x")) == specification)
      for (key, value) in ["seed": -1, "threads": 0] as [String: JSONValue] {
        var members = specification.json.objectValue ?? [:]
        members[key] = value
        #expect(throws: Failure.self) { try WorkerSpecification(json: .object(members)) }
      }
    }
  }
}
