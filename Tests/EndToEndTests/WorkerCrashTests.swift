import Foundation
import Store
import Testing

extension EndToEndTests {
  /// K9: a worker that crashes fails only its own run; see also ``InterruptionTests`` for `kill -9`.
  @Suite(.serialized) struct WorkerCrashTests {
    private func status(_ folder: String) throws -> JSONValue {
      try JSONValue.parse(InputFile.bytes(at: folder + "/status.json"), file: "status.json")
    }

    /// The log has the cause as its last line, and the status the last lines of the log.
    private func expectFailure(_ folder: String, _ what: String, message: String) throws {
      let status = try status(folder)
      #expect(status["status"] == "failed")
      let error = try #require(status["error"])
      #expect(error["what"]?.stringValue?.hasPrefix(what) == true, "\(error)")
      #expect(error["why"]?.stringValue?.contains(message) == true, "\(error)")
      let tail = (status["log_tail"]?.arrayValue ?? []).compactMap(\.stringValue)
      let log = String(decoding: try InputFile.bytes(at: folder + "/log.txt"), as: UTF8.self)
        .split(separator: "\n").map(String.init)
      #expect(!tail.isEmpty && tail == Array(log.suffix(tail.count)))
      #expect(tail.last?.contains("failed: the worker was terminated by SIG") == true, "\(tail)")
      #expect(log.contains { $0.contains(message) })
    }

    @Test func aFailedCheckIsNamedAndTheOthersFinish() throws {
      #if DEBUG
        try Modlab.inTemporaryFolder { modlab in
          let sweep = try TinySweep(modlab)
          try sweep.prepare("trapped")
          let outcome = try sweep.run(
            "trapped", environment: ["MODLAB_FAULT": "rename@/seed-01/:4:trap"])
          #expect(outcome.code == 1, "\(outcome.error)")
          #expect(outcome.error.contains("Fatal error: injected fault"), "\(outcome.error)")
          let folders = try sweep.runFolders("trapped")
          #expect(try status(folders[0])["status"] == "complete")
          try expectFailure(
            folders[1], "the worker was terminated by SIG", message: "Fatal error: injected fault")
          try sweep.expectTheSameEnd("trapped", "after a failed check")
        }
      #endif
    }

    @Test func aWorkerWithoutMemoryFailsAloneAndTheOthersFinish() throws {
      try Modlab.inTemporaryFolder { modlab in
        // The examples of the large variant need 2.4 GB.
        let variants = "variants: {small: {}, large: {task: {train-size: 100000000}}}\n"
        try modlab.write(TinySweep.manifest + variants, to: "m.yaml")
        let running = try modlab.start(
          ["run", "m.yaml", "--seeds", "1", "--retry", "failed"],
          environment: TinySweep.environment,
          wrapper: ["/bin/sh", "-c", "ulimit -v 2000000; exec \"$@\"", "sh"])
        let outcome = try running.finish()
        #expect(outcome.code == 1, "\(outcome.error)")
        let runs = modlab.folder + "/results/addmul-fnn/runs"
        for name in try Folder.contents(at: runs) {
          let folder = "\(runs)/\(name)/seed-00"
          if name.hasPrefix("small") {
            #expect(try status(folder)["status"] == "complete")
          } else {
            try expectFailure(
              folder, "the worker was terminated by SIG", message: "failed to allocate")
          }
        }
        let table = try CSVTable.read(modlab.folder + "/results/addmul-fnn/runs.csv")
        #expect(table.rows.count == 2)
      }
    }
  }
}
