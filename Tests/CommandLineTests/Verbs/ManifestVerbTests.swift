import Store
import TestSupport
import Testing

@testable import CommandLine

@Suite struct ManifestVerbTests {
  private func withManifest(
    _ text: String, _ body: (_ path: String, _ folder: String) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write(text, to: folder + "/m.yaml")
      try body(folder + "/m.yaml", folder)
    }
  }

  private static let manifest = """
    schema: 1
    experiment: line
    seeds: 2
    variants:
      narrow: {line: {outputs: 1}}
      wide: {line: {outputs: 1000}}
      steep: {line: {outputs: 1, slope: 2.0}}

    """
  private static let valid = manifest.replacing("1000", with: "100")

  @Test func aPlanListsEveryRun() throws {
    try withManifest(Self.valid) { path, folder in
      let terminal = Terminal()
      let words = ["plan", path, "--out", folder + "/out", "--only", "narrow", "--seeds", "0..1"]
      #expect(terminal.run(words) == .success)
      let lines = terminal.output.split(separator: "\n")
      #expect(lines.count == 4)
      #expect(lines[0].hasPrefix("run "))
      #expect(lines[1].hasPrefix("m/narrow-"))
      #expect(lines[3].hasPrefix("2 of 2 runs to compute: about "))
      #expect(!Folder.exists(folder + "/out"))
      let json = Terminal()
      #expect(json.run(words + ["--json", "--set", "line.slope=1,2"]) == .success)
      let records = try json.records
      #expect(records.count == 4)
      #expect(records.allSatisfy { $0["schema"] == "modlab-plan-1" && $0["reason"] == "new" })
      #expect(records.map { $0["axes"]?["line.slope"] } == ["1", "1", "2", "2"])
      #expect(records[0]["total_steps"] == 10)
    }
  }

  @Test func theFirstLineSaysWhichSeeds() throws {
    try withManifest(Self.valid) { path, folder in
      for (options, line) in [
        (["--seeds", "42"], "seeds 0..41 (seed 42 alone is written 42,)"),
        (["--seeds", "42,"], "seeds 42,"), (["--seeds", "[0, 4, 7]"], "seeds 0,4,7"),
        (["--seeds", "3..5"], "seeds 3..5"), ([], "seeds 0..1"),
      ] {
        for words in [["plan", path], ["run", path, "--dry-run"]] {
          let terminal = Terminal()
          #expect(terminal.run(words + ["--out", folder + "/out"] + options) == .success)
          #expect(terminal.error.split(separator: "\n").first.map(String.init) == line)
        }
      }
      let other = folder + "/n.yaml"
      try AtomicFile.write(Self.valid.replacing("seeds: 2", with: "seeds: 3"), to: other)
      let both = Terminal()
      #expect(both.run(["plan", path, other, "--out", folder + "/out"]) == .success)
      #expect(both.error.hasPrefix("seeds 0..1 of \(path); seeds 0..2 of \(other)\n"))
      let quiet = Terminal()
      #expect(quiet.run(["plan", path, "--out", folder + "/out", "-q"]) == .success)
      #expect(quiet.error.isEmpty)
    }
  }

  @Test func mistakesOfTheManifestHaveTheirPlace() throws {
    try withManifest(Self.manifest) { path, _ in
      let terminal = Terminal()
      #expect(terminal.run(["plan", path]) == .manifestInvalid)
      #expect(terminal.error.contains("\(path):6:"))
      #expect(terminal.error.contains("1000"))
    }
    try withManifest("schema: 1\nexperiment: lime\n") { path, _ in
      let terminal = Terminal()
      #expect(terminal.run(["describe", path]) == .manifestInvalid)
      #expect(terminal.error.contains("\(path):2:13"))
      #expect(terminal.error.contains("did you mean 'line'?"))
    }
  }

  @Test(arguments: [
    (["--seeds", "x"], "seeds cannot be 'x'"), (["--set", "line.slop=1"], "did you mean 'slope'?"),
    (["--only", "narow"], "did you mean 'narrow'?"), (["--workers", "0"], "--workers"),
    (["--profile", "quik"], "did you mean 'quick'?"), (["--set", "line.slope=steep"], "--set"),
    (["--set", "line.slope=0,0001"], "0.0001 for one number, or 0,1 for two"),
    (["--out", ""], "--out of 'modlab plan' is empty"),
  ])
  func mistakesOfTheCommandLineAreUsageErrors(words: [String], text: String) throws {
    try withManifest(Self.valid) { path, _ in
      let terminal = Terminal()
      #expect(terminal.run(["plan", path] + words) == .usage)
      #expect(terminal.error.contains(text))
    }
  }

  @Test func networksAreDescribedOnce() throws {
    try withManifest(Self.valid) { path, _ in
      let terminal = Terminal()
      #expect(terminal.run(["describe", path]) == .success)
      #expect(
        terminal.output.hasPrefix(
          """
          line (quick): narrow, steep
          input 3, output 1
          layer         kind    role    shape  parameters  masked
          layer.weight  linear  weight  1×3             3  yes
          layer.bias    linear  bias    1               1  no
          relu          relu            1

          total
          weight parameters                     3
          bias parameters                       1
          all parameters                        4
          masked parameters                     3
          FLOPs per step, pre-training  1.5 kFLOP
          FLOPs per step, masks         2.5 GFLOP

          line (quick): wide
          """))
      let json = Terminal()
      #expect(json.run(["describe", path, "--json"]) == .success)
      let records = try json.records
      #expect(records.map { $0["variants"] } == [["narrow", "steep"], ["wide"]])
      #expect(records[1]["masked_parameters"] == 300)
    }
  }

  @Test func foldersWithoutResultsAreExplained() throws {
    try withTemporaryFolder { folder in
      for verb in ["status", "summarize", "check"] {
        let terminal = Terminal()
        #expect(terminal.run([verb, folder]) == .inputOutput)
        #expect(terminal.error.contains("no results in"))
      }
      for verb in [["show", folder + "/x"], ["export", folder + "/x", "--to", folder]] {
        let terminal = Terminal()
        #expect(terminal.run(verb) == .dataMissing)
        #expect(terminal.error.contains("is no folder of a run"))
        #expect(terminal.error.contains("such as results/addmul-fnn/runs/"))
      }
    }
  }
}
