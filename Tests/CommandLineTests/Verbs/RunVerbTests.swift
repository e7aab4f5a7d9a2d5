import Foundation
import Store
import TestSupport
import Testing

@testable import CommandLine

/// What `modlab run` refuses before anything is computed, and `modlab gc`.
@Suite struct RunVerbTests {
  private static let manifest = """
    schema: 1
    experiment: line
    seeds: 8
    line: {outputs: 1}

    """

  private func withManifest(
    _ body: (_ path: String, _ folder: String) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write(Self.manifest, to: folder + "/m.yaml")
      try body(folder + "/m.yaml", folder)
    }
  }

  @Test(arguments: [
    (["--slurm", "time=5"], "--slurm needs --executor slurm"),
    (["--executor", "local", "--slurm", "time=5"], "--slurm needs --executor slurm"),
    (["--executor", "slurm", "--shard", "1/2"], "--shard and --executor slurm exclude each other"),
    (["--shard", "3/2"], "'3/2' is not a value of --shard"),
    (["--executor", "slurm", "--slurm", "array=1"], "--slurm cannot set 'array'"),
    (["--executor", "slrm"], "--executor"),
  ])
  func optionsThatDoNotFitAreMistakesOfUse(options: [String], message: String) throws {
    try withManifest { path, folder in
      let terminal = Terminal()
      #expect(terminal.run(["run", path, "--out", folder + "/out"] + options) == .usage)
      #expect(terminal.error.contains(message), "\(terminal.error)")
      #expect(!Folder.exists(folder + "/out"))
    }
  }

  @Test func shardsOfAPlanAreItsParts() throws {
    try withManifest { path, folder in
      var seeds: [Int] = []
      for shard in ["1/3", "2/3", "3/3"] {
        let terminal = Terminal()
        let words = ["plan", path, "--out", folder + "/out", "--shard", shard, "--json"]
        #expect(terminal.run(words) == .success)
        seeds += try terminal.records.compactMap { $0["seed"]?.integerValue }
      }
      #expect(seeds.sorted() == Array(0..<8))
    }
  }

  @Test func garbageIsListedAndRemovedOnlyWithYes() throws {
    try withTemporaryFolder { folder in
      let empty = Terminal()
      #expect(empty.run(["gc", folder]) == .inputOutput)
      #expect(empty.error.contains("no results in"))

      let experiment = folder + "/line"
      let stale = experiment + "/runs/main-0123456789/seed-00"
      try Folder.create(at: stale)
      try AtomicFile.write("x", to: stale + "/log.txt")
      try AtomicFile.write(
        """
        {"schema": "modlab-sweep-1", "experiment": "line", "command_lines": [], "manifests": [],
         "environment": null, "configurations": []}
        """, to: experiment + "/sweep.json")
      let untouched = Terminal()
      #expect(untouched.run(["gc", folder, "--yes"]) == .success)
      #expect(untouched.output == "nothing to remove\n")
      #expect(Folder.exists(stale))
      let list = Terminal()
      #expect(list.run(["gc", folder, "--superseded"]) == .success)
      #expect(
        list.output == """
          what            size  path
          superseded-run   1 B  \(stale)

          1 item, 1 B; the same command with --yes removes them

          """)
      let json = Terminal()
      #expect(json.run(["gc", folder, "--superseded", "--json"]) == .success)
      #expect(
        try json.records == [
          [
            "schema": "modlab-garbage-1", "kind": "superseded-run", "path": .string(stale),
            "bytes": 1,
            "remark": "", "removed": false,
          ]
        ])
      #expect(Folder.exists(stale))
      let removal = Terminal()
      #expect(removal.run(["gc", folder, "--superseded", "-y"]) == .success)
      #expect(removal.output.hasSuffix("\nremoved 1 item, 1 B\n"))
      #expect(!Folder.exists(stale))
      let clean = Terminal()
      #expect(clean.run(["gc", folder, "--superseded"]) == .success)
      #expect(clean.output == "nothing to remove\n")
    }
  }

  @Test func garbageIsNotRemovedWhileAModlabWorks() throws {
    try withTemporaryFolder { folder in
      try Folder.create(at: folder + "/line")
      try AtomicFile.write(
        """
        {"schema": "modlab-sweep-1", "experiment": "line", "command_lines": [], "manifests": [],
         "environment": null, "configurations": []}
        """, to: folder + "/line/sweep.json")
      let lock = try FileLock.acquire(folder + "/line/.lock")
      defer { lock.release() }
      #expect(Terminal().run(["gc", folder]) == .success)
      #expect(Terminal().run(["gc", folder, "--yes"]) == .locked)
    }
  }
}
