import ExperimentKit
import Store
import Tensors
import TestSupport
import Testing

/// Data files that a run reads are on record, and what was computed from others is not gone on from.
@Suite struct DataRecordTests {
  /// A run that reads one file and goes as many steps.
  private struct Reader {
    var root: String
    var file = "set/numbers.txt"
    var shouldStop: () -> Bool = { false }

    func execute(_ log: EventLog = EventLog()) throws -> RunContext {
      let context = try RunContext(
        seed: 1, dataFolder: "\(root)/data", folder: root, cacheFolder: "\(root)/cache",
        options: RunOptions(checkpointInterval: 1e9), events: log.add, shouldStop: shouldStop)
      context.note("early", true)
      let bytes = try context.openData { folder, willRead in
        try willRead("\(folder)/\(file)")
        return try InputFile.bytes(at: "\(folder)/\(file)")
      }
      let state = NoisyDescent(Tensor(repeating: Float(bytes.count), shape: [2]))
      try context.cachedLoop(phase: "train", key: "same", steps: 4, state: state) { step in
        StepReport(
          loss: state.step(
            step, target: Tensor(zeros: [2]), rate: 0.1, noise: context.random("noise")))
      }
      try context.loop(phase: "more", steps: 4, state: state) { _ in StepReport(loss: 0) }
      context.record(.accuracy, ["a", "b", "c"], "loss", Double(state.point.sumOfSquares()))
      return context
    }
  }

  private func write(_ text: String, _ root: String, _ name: String = "set/numbers.txt") throws {
    try Folder.create(at: "\(root)/data/set")
    try AtomicFile.write(text, to: "\(root)/data/\(name)")
  }

  @Test func filesHaveDigestsAndFingerprints() throws {
    try withTemporaryFolder { root in
      try write("12", root)
      let files = try Reader(root: root).execute().dataFiles
      #expect(files.keys.sorted() == ["set/numbers.txt"])
      let record = try #require(files["set/numbers.txt"])
      #expect(record.digest == SHA256.digest(of: "12"))
      #expect(record.fingerprint == FileFingerprint(path: "\(root)/data/set/numbers.txt"))
      #expect(DataFileRecord(json: record.json) == record)
    }
  }

  @Test func withoutDataNothingIsRecorded() throws {
    #expect(try RunContext(seed: 0).dataFiles.isEmpty)
  }

  @Test func otherDataStartTheRunAnew() throws {
    try withTemporaryFolder { root in
      try write("12", root)
      let questions = Counter()
      let stopped = Reader(root: root, shouldStop: { questions.increment() > 6 })
      #expect(throws: Cancelled.self) { try stopped.execute() }
      try write("1234", root)
      let log = EventLog()
      let context = try Reader(root: root).execute(log)
      #expect(log.origins == ["train:computed", "more:computed"])
      #expect(log.warnings.count == 1)
      #expect(log.warnings.first?.contains("the data have changed") == true)
      #expect(log.warnings.first?.contains("(set/numbers.txt)") == true)
      #expect(context.notes == ["early": true])
      try withTemporaryFolder { clean in
        try write("1234", clean)
        let expected = try Reader(root: clean).execute()
        #expect(context.records(of: .accuracy) == expected.records(of: .accuracy))
      }
    }
  }

  @Test func theSameDataInANewFileGoOn() throws {
    try withTemporaryFolder { root in
      try write("12", root)
      let questions = Counter()
      let stopped = Reader(root: root, shouldStop: { questions.increment() > 6 })
      #expect(throws: Cancelled.self) { try stopped.execute() }
      try write("12", root)
      let log = EventLog()
      _ = try Reader(root: root).execute(log)
      #expect(log.origins == ["train:checkpoint", "more:computed"])
      #expect(log.warnings.isEmpty)
    }
  }

  @Test func preTrainingFromOtherDataIsNotShared() throws {
    try withTemporaryFolder { root in
      try write("12", root)
      _ = try Reader(root: root).execute()
      for (text, origin) in [("12", "cache"), ("1234", "computed"), ("12", "cache")] {
        try write(text, root)
        try AtomicFile.operations.remove("\(root)/checkpoint.safetensors")
        let log = EventLog()
        _ = try Reader(root: root).execute(log)
        #expect(log.origins.first == "train:\(origin)")
      }
    }
  }

  @Test func aMissingFileIsDataMissing() throws {
    try withTemporaryFolder { root in
      let failure = #expect(throws: Failure.self) { try Reader(root: root).execute() }
      #expect(failure?.exitCode == .dataMissing)
    }
  }
}
