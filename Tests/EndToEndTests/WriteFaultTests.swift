import Foundation
import Testing

extension EndToEndTests {
  /// K2 and K4 with injected faults: any failing system call is reported and costs nothing.
  @Suite(.serialized) struct WriteFaultTests {
    @Test(arguments: ["enospc", "eio"])
    func afterAnErrorAtEveryWritePointTheResultsAreTheSame(action: String) throws {
      #if DEBUG
        try Modlab.inTemporaryFolder { modlab in
          let sweep = try TinySweep(modlab, seeds: 0...0)
          var codes: [Int32] = []
          let tried = try FaultLoop(sweep, widening: 1.7).run(actions: [action]) {
            outcome, number in
            codes.append(outcome.code)
            // Where nothing is lost an error may be passed over: the log, the intermediate status,
            // the closing of a file that is safe, and the shared outcome of pre-training.
            guard outcome.code != 0 else { return }
            #expect(outcome.code == 6, "write point \(number): \(outcome.error)")
            #expect(outcome.error.contains("faulty/"), "the path: \(outcome.error)")
            #expect(
              outcome.error.contains(
                action == "enospc" ? "No space left on device" : "Input/output error"),
              "\(outcome.error)")
            if action == "enospc" { #expect(outcome.error.contains(" bytes free")) }
          }
          #expect(tried[action, default: 0] >= 8)
          #expect(codes.contains(6))
        }
      #endif
    }

    @Test func afterTornWritesTheResultsAreTheSame() throws {
      #if DEBUG
        try Modlab.inTemporaryFolder { modlab in
          let sweep = try TinySweep(modlab, seeds: 0...0)
          let tried = try FaultLoop(sweep, widening: 1.7).run(actions: ["torn"]) { outcome, _ in
            #expect([0, 1, -9].contains(outcome.code), "\(outcome.error)")
          }
          #expect(tried["torn", default: 0] >= 8)
        }
      #endif
    }
  }
}
