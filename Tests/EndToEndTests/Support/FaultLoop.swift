import Foundation
import Store
import Testing

/// Lets the n-th file operation of all processes of a sweep fail, for n from 1 until none does.
///
/// The pattern is that of SQLite's tests: new write points are covered without new tests.
struct FaultLoop {
  private let sweep: TinySweep
  private let factor: Double

  /// - Parameter factor: how fast the write points of the ordinary suite widen; see ``Depth``.
  init(_ sweep: TinySweep, widening factor: Double) {
    self.sweep = sweep
    self.factor = factor
  }

  /// Disturbs a fresh sweep at every point, checks that no valid checkpoint is lost, and expects the
  /// undisturbed results from the next run.
  ///
  /// - Parameter check: looks at the disturbed run and the write point.
  /// - Returns: how many points were tried, by action.
  func run(
    actions: [String], _ check: (Modlab.Outcome, Int) throws -> Void
  ) throws -> [String: Int] {
    var tried: [String: Int] = [:]
    let report = sweep.modlab.folder + "/report"
    for action in actions {
      var last = 0
      for number in Depth.writePoints(widening: factor) {
        try? FileManager.default.removeItem(atPath: report)
        try sweep.prepare("faulty")
        let outcome = try sweep.run(
          "faulty",
          environment: [
            "MODLAB_FAULT": "any:\(number):\(action)", "MODLAB_FAULT_REPORT": report,
          ])
        guard Folder.exists(report) else {
          #expect(outcome.code == 0, "\(outcome.error)")
          break
        }
        last = number
        tried[action, default: 0] += 1
        try check(outcome, number)
        // Reading it verifies its checksums.
        for folder in try sweep.runFolders("faulty") { _ = try sweep.savedStep(folder) }
        try sweep.expectTheSameEnd("faulty", "\(action) at write point \(number)")
      }
      print("\(action) at \(tried[action, default: 0]) write points up to number \(last)")
    }
    return tried
  }
}
