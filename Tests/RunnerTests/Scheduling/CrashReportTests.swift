import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct CrashReportTests {
  private func report(_ folder: RunFolder, wasStopped: Bool) -> CrashReport {
    CrashReport(
      run: RunName(study: "walk", variant: "main", hash: "0123456789", seed: 0),
      folder: folder, termination: .signalled(9), errorLines: ["last words"], fatalError: nil,
      seconds: 1, wasStopped: wasStopped)
  }

  /// A worker can die before it has made its folder; the run still counts as failed.
  @Test func aWorkerThatDiedAtOnceIsOnRecord() throws {
    try withTemporaryFolder { root in
      let folder = RunFolder(path: "\(root)/runs/main-0123456789/seed-00")
      let outcome = report(folder, wasStopped: false).file()
      #expect(outcome.state == .failed)
      let inspection = RunInspection.of(folder)
      #expect(inspection.condition == .failed)
      #expect(inspection.status?.error?.what == "the worker was ended by SIGKILL")
      #expect(inspection.status?.logTail.contains { $0.hasSuffix("last words") } == true)
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
