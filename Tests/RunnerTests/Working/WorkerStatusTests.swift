import ExperimentKit
import Store
import Synchronization
import TestSupport
import Testing

@testable import Runner

/// What a run says of itself while it is computed, and afterwards.
@Suite struct WorkerStatusTests {
  private func run(
    _ root: String, look: @escaping @Sendable (String, RunStatusText) -> Void = { _, _ in }
  ) throws -> (outcome: RunOutcome, status: RunStatus) {
    let kind = LookExperiment(look: look)
    let identity = RunIdentity(
      kind: kind.name, version: 1, variant: "main", profile: "smoke",
      configuration: LookSettings.schema.encode(LookSettings()))
    let folder = RunFolder(path: "\(root)/run")
    let worker = try Worker(
      WorkerSpecification(
        identity: identity, seed: 0, runFolder: folder.path, cacheFolder: "\(root)/cache",
        dataFolder: "\(root)/data"),
      registry: KindRegistry([kind]), send: { _ in })
    return (worker.run(), try RunStatus.read(folder.statusFile))
  }

  private func writeData(_ text: String, _ root: String) throws {
    try Folder.create(at: "\(root)/data/set")
    try AtomicFile.write(text, to: "\(root)/data/set/numbers.txt")
  }

  @Test func theStepUnderWayIsNamed() throws {
    try withTemporaryFolder { root in
      try writeData("1", root)
      let seen = Mutex<[String: Set<String>]>([:])
      let (outcome, status) = try run(root) { step, text in
        let json = try? SealedJSON.open(text, file: "status.json")
        let phase = json?["phase"]?.stringValue ?? "none"
        _ = seen.withLock { $0[step, default: []].insert(phase) }
      }
      #expect(outcome.state == .complete)
      #expect(
        seen.withLock { $0 } == [
          "first": ["first"], "second": ["second"], "evaluate-all": ["evaluate-all"],
        ])
      #expect(status.step == 5 && status.steps == 5)
      #expect(status.stepsDone == ["first": 2, "second": 2, "evaluate-all": 1])
      #expect(status.stepSeconds.keys.sorted() == ["evaluate-all", "first", "second"])
    }
  }

  @Test func dataFilesAreOnRecord() throws {
    try withTemporaryFolder { root in
      try writeData("12", root)
      let status = try run(root).status
      let path = "\(root)/data/set/numbers.txt"
      let fingerprint = try #require(FileFingerprint(path: path))
      #expect(
        status.data == [
          "set/numbers.txt": DataFileRecord(
            digest: SHA256.digest(of: "12"), fingerprint: fingerprint)
        ])
      #expect(try RunStatus(json: status.json, file: "x") == status)
    }
  }

  @Test func missingDataEndTheRun() throws {
    try withTemporaryFolder { root in
      let (outcome, status) = try run(root)
      #expect(outcome.state == .failed && outcome.error?.exitCode == .dataMissing)
      #expect(status.data.isEmpty)
    }
  }
}
