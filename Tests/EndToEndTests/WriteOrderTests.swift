import Foundation
import Store
import Testing

extension EndToEndTests {
  /// K8: what the disk is told, in which order, seen by a trace of the system calls.
  ///
  /// After a power failure a file is complete only if it was brought to the disk before it got its
  /// name, and has its name only if the folder was brought to the disk afterwards.
  @Suite(.serialized) struct WriteOrderTests {
    @Test(
      .enabled(
        if: Depth.isFull || SystemCallTrace.obstacle == nil,
        "no system calls can be traced: \(SystemCallTrace.obstacle ?? "")"))
    func everyFileIsOnTheDiskBeforeItHasItsName() throws {
      try Modlab.inTemporaryFolder { modlab in
        if let obstacle = SystemCallTrace.obstacle { throw Modlab.Problem(description: obstacle) }
        let sweep = try TinySweep(modlab)
        try sweep.prepare("traced")
        try Folder.create(at: modlab.folder + "/trace")
        let outcome = try sweep.start(
          "traced", wrapper: SystemCallTrace.command(output: modlab.folder + "/trace/t")
        ).finish()
        #expect(outcome.code == 0, "\(outcome.error)")
        var writes = 0
        var kept = 0
        for name in try Folder.contents(at: modlab.folder + "/trace") {
          let text = String(
            decoding: try InputFile.bytes(at: "\(modlab.folder)/trace/\(name)"), as: UTF8.self)
          var trace = SystemCallTrace(below: modlab.folder + "/traced")
          for line in text.split(separator: "\n") { trace.read(String(line)) }
          trace.finish()
          #expect(trace.problems == [], "\(name)")
          writes += trace.writes
          kept += trace.kept
        }
        // Per run: two dozen checkpoints and statuses each, results, tables; per sweep: tables.
        #expect(writes >= 80)
        #expect(kept >= 20)
        print("\(writes) files were written in the order that survives a power failure")
      }
    }
  }
}
