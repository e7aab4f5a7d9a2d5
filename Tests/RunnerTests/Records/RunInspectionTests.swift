import Foundation
import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct RunInspectionTests {
  /// A complete run, and its folder.
  private func withCompleteRun(_ body: (RunFolder) throws -> Void) throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      try walks.compute(walks.request(seeds: [0], only: "slow"))
      let name = try #require(walks.folder.existingRuns().first)
      try body(walks.folder.run(name))
    }
  }

  private func rewrite(_ folder: RunFolder, _ change: (inout RunStatus) -> Void) throws {
    var status = try RunStatus.read(folder.statusFile)
    change(&status)
    try status.write(to: folder.statusFile)
  }

  @Test func aRunWithoutFolderIsNew() throws {
    try withTemporaryFolder { path in
      #expect(RunInspection.of(RunFolder(path: path + "/no")).condition == .new)
    }
  }

  @Test func aCompleteRunIsDone() throws {
    try withCompleteRun { folder in
      let inspection = RunInspection.of(folder)
      #expect(inspection.condition == .done)
      #expect(inspection.stateText == "complete")
      #expect(!inspection.isBeingComputed)
      let names = inspection.status?.digests.keys.sorted()
      #expect(names == ["metrics/accuracy.csv", "weights.safetensors"])
    }
  }

  @Test(arguments: ["metrics/accuracy.csv", "weights.safetensors"])
  func aSingleChangedByteOfAResultIsNoticed(name: String) throws {
    try withCompleteRun { folder in
      var bytes = try InputFile.bytes(at: "\(folder.path)/\(name)")
      bytes[bytes.count / 2] ^= 1
      try AtomicFile.write(bytes, to: "\(folder.path)/\(name)")
      let inspection = RunInspection.of(folder)
      #expect(inspection.condition == .resumable(step: 0, why: "\(name) has changed"))
      #expect(inspection.stateText == "interrupted")
    }
  }

  @Test func aMissingResultIsNoticed() throws {
    try withCompleteRun { folder in
      try AtomicFile.operations.remove(folder.metricsFile("accuracy"))
      #expect(
        RunInspection.of(folder).condition
          == .resumable(step: 0, why: "metrics/accuracy.csv is missing"))
    }
  }

  @Test func completeWithoutDigestsIsNotBelieved() throws {
    try withCompleteRun { folder in
      try rewrite(folder) { $0.digests = [:] }
      #expect(
        RunInspection.of(folder).condition
          == .resumable(step: 0, why: "no results are recorded"))
    }
  }

  @Test(arguments: ["../seed-01/status.json", "/etc/passwd", "metrics/../config.json", "a/b/c"])
  func aStatusCannotPointOutOfItsFolder(name: String) throws {
    try withCompleteRun { folder in
      try rewrite(folder) { $0.digests = [name: "00"] }
      guard case .resumable(_, let why) = RunInspection.of(folder).condition else {
        Issue.record("taken as \(RunInspection.of(folder).condition)")
        return
      }
      #expect(why?.contains("status.json names") == true)
    }
  }

  @Test func everyChangedByteAndEveryCutOfAStatusIsNoticed() throws {
    try withCompleteRun { folder in
      let text = try InputFile.bytes(at: folder.statusFile)
      let good = try SealedJSON.open(text, file: folder.statusFile)
      #expect(good == (try RunStatus.read(folder.statusFile)).json)
      func expectDamaged(_ bytes: [UInt8], _ place: String) {
        let failure = #expect(throws: Failure.self, "\(place)") {
          try SealedJSON.open(bytes, file: folder.statusFile)
        }
        #expect(failure?.exitCode == .corrupt, "\(place)")
        #expect(failure?.description.contains(folder.statusFile) == true, "\(place)")
      }
      for place in text.indices {
        // Among them 0x2A, which makes a line feed of a space, and 0x20, another case.
        for change: UInt8 in [1 << (place % 8), 0x20, 0x2A] {
          var damaged = text
          damaged[place] ^= change
          expectDamaged(damaged, "byte \(place) ^ \(change)")
        }
      }
      for length in text.indices { expectDamaged(Array(text[..<length]), "cut to \(length) bytes") }
      expectDamaged(text + [0x0A], "a further line feed")
      // The run is taken up again, and the reason is said.
      for length in stride(from: 0, to: text.count, by: 97) {
        try AtomicFile.write(Array(text[..<length]), to: folder.statusFile)
        guard case .resumable(0, let why?) = RunInspection.of(folder).condition else {
          Issue.record("cut to \(length) bytes")
          continue
        }
        #expect(why.hasPrefix("status.json cannot be used: "))
      }
    }
  }

  @Test func failuresFromOutsideAreSimplyTriedAgain() throws {
    try withCompleteRun { folder in
      let cases: [(ExitCode, Bool)] = [
        (.dataMissing, true), (.inputOutput, true), (.locked, true), (.runFailed, false),
        (.corrupt, false), (.internalError, false),
      ]
      for (code, isResumable) in cases {
        try rewrite(folder) {
          $0.state = .failed
          $0.error = Failure(code, "it")
        }
        let expected: RunInspection.Condition =
          isResumable ? .resumable(step: 20, why: "it") : .failed
        #expect(RunInspection.of(folder).condition == expected)
      }
      try rewrite(folder) { $0.state = .diverged }
      #expect(RunInspection.of(folder).condition == .diverged)
    }
  }

  @Test func aRunThatIsBeingComputedIsRecognisedByItsLock() throws {
    try withCompleteRun { folder in
      try rewrite(folder) { $0.state = .running }
      #expect(RunInspection.of(folder).stateText == "interrupted")
      let lock = try FileLock.acquire(folder.lockFile)
      defer { lock.release() }
      let inspection = RunInspection.of(folder)
      #expect(inspection.isBeingComputed)
      #expect(inspection.stateText == "running")
    }
  }

  @Test func aLockLeftByADeadProcessMeansNothing() throws {
    try withCompleteRun { folder in
      let dead: JSONValue = [
        "pid": 4_000_000, "start": 1, "host": .string(Machine.name),
        "since": "2024-01-01T00:00:00Z",
      ]
      try AtomicFile.write(dead.serialized(), to: folder.lockFile)
      #expect(!RunInspection.of(folder).isBeingComputed)
      // A process with that number, but started at another time.
      let other: JSONValue = [
        "pid": 1, "start": 999_999_999, "host": .string(Machine.name),
        "since": "2024-01-01T00:00:00Z",
      ]
      try AtomicFile.write(other.serialized(), to: folder.lockFile)
      #expect(!RunInspection.of(folder).isBeingComputed)
    }
  }

  @Test func anOwnerThatHasEndedMeansNothingEvenBeforeAnybodyAsks() throws {
    try withCompleteRun { folder in
      var child: pid_t = 0
      var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
      defer { arguments.forEach { free($0) } }
      #expect(posix_spawn(&child, "/bin/true", nil, nil, &arguments, nil) == 0)
      defer { waitpid(child, nil, 0) }
      // Waits for its end without taking it away.
      var information = siginfo_t()
      waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT)
      let stat = try String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
      let fields = try #require(stat.split(separator: ")").last).split(separator: " ")
      #expect(fields[0] == "Z")
      let owner: JSONValue = [
        "pid": .integer(Int(child)), "start": .integer(try #require(Int(fields[19]))),
        "host": .string(Machine.name), "since": "2024-01-01T00:00:00Z",
      ]
      try AtomicFile.write(owner.serialized(), to: folder.lockFile)
      #expect(!RunInspection.of(folder).isBeingComputed)
    }
  }
}
