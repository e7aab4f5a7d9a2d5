import Foundation
import Store
import Testing

extension EndToEndTests {
  @Suite struct VerifyTests {
    /// Makes a file look as if it had been written long ago.
    private func backdate(_ path: String) throws {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_600_000_000)], ofItemAtPath: path)
    }

    /// A disk that fails changes a byte and leaves size and times as they were: only who reads the
    /// file can know, and from then on everybody does.
    @Test func whatADiskHasChangedIsFoundAndComputedAgain() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.quick, to: "m.yaml")
        #expect(try modlab.run("run", "m.yaml", "--seeds", "1").code == 0)
        let results = try modlab.results("results")
        let study = modlab.folder + "/results/addmul-fnn"
        let configuration = try #require(try Folder.contents(at: study + "/runs").first)
        let run = "\(study)/runs/\(configuration)/seed-00"
        for name in ["weights.safetensors", "masks.safetensors"] { try backdate("\(run)/\(name)") }
        // Remembers the digests.
        #expect(try modlab.run("summarize").code == 0)
        let intact = try modlab.run("verify")
        #expect(intact.code == 0, "\(intact.error)")
        #expect(intact.output.contains("1 complete run read"))

        let path = "\(run)/weights.safetensors"
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        let byte = try #require(try handle.read(upToCount: 1000)?.last)
        try handle.seek(toOffset: 999)
        try handle.write(contentsOf: Data([byte ^ 1]))
        try handle.close()
        try backdate(path)
        #expect(
          try modlab.run("plan", "m.yaml", "--seeds", "1").output.contains("nothing to compute"))

        let damaged = try modlab.run("verify", "results", "--json")
        #expect(damaged.code == 5)
        #expect(damaged.error.contains("weights.safetensors has changed"), "\(damaged.error)")
        let records = try damaged.records.filter { $0["schema"] == "modlab-verification-1" }
        #expect(records.map { $0["is_intact"] } == [false])
        let again = try modlab.run("run", "m.yaml", "--seeds", "1")
        #expect(again.code == 0, "\(again.error)")
        #expect(again.error.contains("started"))
        #expect(try modlab.results("results") == results)
        #expect(try modlab.run("verify").code == 0)
      }
    }
  }
}
