import Foundation
import Testing

extension EndToEndTests {
  @Suite struct ShardTests {
    @Test func shardsInOneFolderGiveTheResultsOfOneCommand() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.quick, to: "m.yaml")
        let whole = try modlab.run("run", "m.yaml", "--seeds", "6", "--out", "whole")
        #expect(whole.code == 0, "\(whole.error)")
        // Two at a time, as on two machines.
        let shards = try ["1/3", "2/3"].map {
          try modlab.start(["run", "m.yaml", "--seeds", "6", "-j1", "--shard", $0])
        }
        for shard in shards {
          let outcome = try shard.finish()
          #expect(outcome.code == 0, "\(outcome.error)")
          #expect(outcome.error.contains("shard "))
        }
        let last = try modlab.run("run", "m.yaml", "--seeds", "6", "--shard", "3/3")
        #expect(last.code == 0, "\(last.error)")
        #expect(last.output.contains("6 of 6 runs complete"))
        #expect(try modlab.results("results") == modlab.results("whole"))
        #expect(
          try FileManager.default.subpathsOfDirectory(atPath: modlab.folder + "/results")
            .filter { $0.hasSuffix(".lock") } == [])
      }
    }
  }
}
