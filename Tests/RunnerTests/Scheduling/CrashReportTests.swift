import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct CrashReportTests {
  private func report(
    _ folder: RunFolder, _ termination: Termination = .signalled(9), wasStopped: Bool = false
  ) -> CrashReport {
    CrashReport(
      run: RunName(study: "walk", variant: "main", hash: "0123456789", seed: 0),
      folder: folder, termination: termination, errorLines: ["last words"], fatalError: nil,
      seconds: 1, wasStopped: wasStopped)
  }

  /// A worker can die before it has made its folder; the run is on record all the same.
  @Test func aWorkerThatIsKilledFromOutsideIsTriedOnceMoreAndThenFails() throws {
    try withTemporaryFolder { root in
      let folder = RunFolder(path: "\(root)/runs/main-0123456789/seed-00")
      let first = report(folder).file()
      #expect(first.state == .interrupted)
      #expect(first.error?.what == "the worker was terminated by SIGKILL")
      #expect(
        RunInspection.of(folder).condition
          == .resumable(step: 0, why: "the worker was terminated by SIGKILL"))
      #expect(report(folder).file().state == .failed)
      let inspection = RunInspection.of(folder)
      #expect(inspection.condition == .failed)
      #expect(inspection.status?.kills == 2)
      #expect(inspection.status?.error?.what == "the worker was terminated by SIGKILL")
      #expect(inspection.status?.logTail.contains { $0.hasSuffix("last words") } == true)
    }
  }

  @Test(arguments: [4, 5, 6, 7, 8, 11])
  func aMistakeOfTheProgramFailsAtOnce(signal: Int32) throws {
    try withTemporaryFolder { root in
      let folder = RunFolder(path: "\(root)/seed-00")
      #expect(report(folder, .signalled(signal)).file().state == .failed)
      #expect(RunInspection.of(folder).condition == .failed)
    }
  }

  /// A worker that outlives its pipe may still write: its status is its own.
  @Test func theStatusOfALivingWorkerIsLeftAlone() throws {
    try withTemporaryFolder { root in
      let folder = RunFolder(path: "\(root)/seed-00")
      try Folder.create(at: folder.path)
      let lock = try FileLock.acquire(folder.lockFile)
      defer { lock.release() }
      try RunStatus(.running).write(to: folder.statusFile)
      #expect(report(folder, .exited(3)).file().state == .failed)
      #expect(try RunStatus.read(folder.statusFile).state == .running)
    }
  }

  @Test func aWorkerThatWasStoppedIsOnlyInterrupted() throws {
    try withTemporaryFolder { root in
      let folder = RunFolder(path: "\(root)/seed-00")
      #expect(report(folder, wasStopped: true).file().state == .interrupted)
      #expect(RunInspection.of(folder).condition == .resumable(step: 0, why: nil))
    }
  }
}
