import ExperimentKit
import Store
import Testing

@Suite struct ManifestResolvingTests {
  private func parse(_ text: String) throws -> Manifest {
    try Manifest(text: text, path: "m.yaml", registry: toyRegistry)
  }

  private func resolve(
    _ profile: String, _ sets: [String] = [], only: String? = nil, _ text: String = toyManifest
  ) throws -> [ResolvedVariant] {
    try parse(text).resolve(
      profile: profile, sets: sets.map(SettingOverride.parse), only: only.map(GlobPattern.init))
  }

  private func value(_ variant: ResolvedVariant, _ section: String, _ key: String) -> Double? {
    variant.configuration[section]?[key]?.numberValue
  }

  @Test func laterLayersWin() throws {
    let paper = try resolve("paper", ["mask.beta=0.5"])
    #expect(paper.map(\.variant) == ["main", "slow", "wide"])
    #expect(paper.map { value($0, "pretrain", "steps") } == [100, 100, 100])
    #expect(paper.map { value($0, "pretrain", "lr") } == [0.2, 0.01, 0.2])
    #expect(paper.map { value($0, "mask", "beta") } == [0.5, 0.5, 0.5])
    #expect(paper.map { value($0, "task", "dimension") } == [6, 6, 6])
    // The profile wins over the variant, the profile's part for the variant over both.
    let quick = try resolve("quick", ["mask.beta=0.5"])
    #expect(quick.map { value($0, "pretrain", "lr") } == [0.3, 0.02, 0.3])
    #expect(quick.map { value($0, "pretrain", "steps") } == [20, 20, 20])
    #expect(try value(resolve("quick", ["pretrain.lr=0.7"])[0], "pretrain", "lr") == 0.7)
  }

  @Test(arguments: ["2,3", "2 3", "(2,3)", "2;3"])
  func aListOfTheCommandLineNeedsBrackets(_ text: String) {
    #expect {
      try resolve("paper", ["pretrain.widths=" + text])
    } throws: { error in
      let failure = error as? Failure
      return failure?.exitCode == .usage
        && failure?.what.hasPrefix("--set pretrain.widths: 'pretrain.widths': expected a list")
          == true
        && failure?.why == "a list stands in brackets; 'pretrain.widths' is a list of integers"
        && failure?.help?.hasPrefix("write --set 'pretrain.widths=[2,3]'") == true
    }
  }

  @Test func listsInBracketsAreValuesOfTheCommandLine() throws {
    #expect(try resolve("paper", ["mask.beta=1", "pretrain.widths=[2,3]"]).count == 3)
    #expect(try resolve("paper", ["mask.beta=1", "pretrain.widths=[2,3],[4]"]).count == 6)
    // A mistake within a list is not one of its brackets.
    #expect {
      try resolve("paper", ["pretrain.widths=[2,x]"])
    } throws: { ($0 as? Failure)?.what.contains("expected a whole number") == true }
  }

  @Test func theProfileWinsOverTheVariant() throws {
    let text = """
      schema: 1
      experiment: toy
      mask: {steps: 1, beta: 0.1}
      variants: {main: {mask: {steps: 2, beta: 0.2}}}
      profiles: {quick: {mask: {steps: 3}}}
      """
    let quick = try resolve("quick", text)[0]
    #expect(value(quick, "mask", "steps") == 3)
    #expect(value(quick, "mask", "beta") == 0.2)
    #expect(try value(resolve("paper", text)[0], "mask", "steps") == 2)
  }

  @Test func sweepsMakeAxes() throws {
    let quick = try resolve("quick")
    #expect(quick.map(\.variant) == ["main", "main", "slow", "slow", "wide", "wide"])
    #expect(
      quick.map { $0.axes.map(\.value) }
        == Array(repeating: [["1e-05"], ["0.0001"]], count: 3).flatMap { $0 })
    #expect(quick[0].label == "main mask.beta=1e-05")
    #expect(Set(quick.map(\.hash10)).count == 6)
    let smoke = try resolve("smoke")
    #expect(smoke.map(\.variant) == ["main", "slow"])
    #expect(smoke.allSatisfy { $0.axes.isEmpty })
  }

  @Test func theLastKeyChangesFastest() throws {
    let points = try resolve("smoke", ["pretrain.lr=0.1,0.2", "mask.steps=3,4"], only: "main")
    #expect(
      points.map(\.label) == [
        "main mask.steps=3 pretrain.lr=0.1", "main mask.steps=3 pretrain.lr=0.2",
        "main mask.steps=4 pretrain.lr=0.1", "main mask.steps=4 pretrain.lr=0.2",
      ])
  }

  @Test func setReplacesTheAxisOfTheManifest() throws {
    let single = try resolve("quick", ["mask.beta=0.25"])
    #expect(single.count == 3)
    #expect(single[0].axes == [.init(key: "mask.beta", value: "0.25")])
    let several = try resolve("quick", ["mask.beta=0.25,0.5"], only: "main")
    #expect(several.map { $0.axes[0].value } == ["0.25", "0.5"])
  }

  @Test func listsAreValuesOfAxes() throws {
    let points = try resolve("smoke", ["pretrain.widths=[1, 2],[3]"], only: "main")
    #expect(points.map { $0.axes[0].value } == ["1 2", "3"])
    let single = try resolve("smoke", ["pretrain.widths=[4,5]"], only: "main")
    #expect(single[0].configuration["pretrain"]?["widths"] == [4, 5])
  }

  @Test func theHashIsThatOfTheConfiguration() throws {
    let main = try resolve("smoke")[0]
    let expected = RunIdentity(
      kind: "toy", version: 1, variant: "x", profile: "y", configuration: main.configuration)
    #expect(main.hash10 == expected.hash)
    // The same number written differently, and the checkpoint interval, change nothing.
    #expect(try resolve("smoke", ["mask.beta=1e-4"])[0].hash10 == main.hash10)
    let hurried = try resolve("smoke", ["checkpoint-every=1.5"])[0]
    #expect(hurried.hash10 == main.hash10)
    #expect(hurried.checkpointInterval == 1.5)
    #expect(hurried.axes.isEmpty)
  }

  @Test func pretrainingIsSharedWhereOnlyTheMaskDiffers() throws {
    let quick = try resolve("quick")
    #expect(quick[0].prepared.pretrainingKey == quick[1].prepared.pretrainingKey)
    #expect(quick[0].prepared.pretrainingKey != quick[2].prepared.pretrainingKey)
    #expect(quick[0].prepared.totalSteps == 20 + 2 * 50)
  }

  @Test(arguments: [
    ("main", 2), ("*", 6), ("[ms]*", 4), ("*0.0001", 3), ("main mask.beta=1e-05", 1), ("s???", 2),
  ])
  func onlySelects(_ pattern: String, _ count: Int) throws {
    #expect(try resolve("quick", only: pattern).count == count)
  }

  @Test func onlySelectsByFolder() throws {
    let all = try resolve("quick")
    #expect(
      try resolve("quick", only: all[3].folderName).map(\.folderName) == [all[3].folderName])
  }

  @Test(arguments: [
    (["mask.betta=1"], "unknown key 'betta' in 'mask'", "'beta'"),
    (["mask.beta=x"], "expected a number", nil), (["mask.beta=0.1,7"], "7 is out of range", nil),
    (["mask=1"], "expected a mapping", nil), (["mask={beta: 0.1}"], "is a section", nil),
    (["seeds=3"], "seeds are no setting", "--seeds"),
    (["mask.beta=0.1", "mask.beta=0.2"], "given twice", nil),
    (["checkpoint-every=0"], "out of range", nil),
  ])
  func refusesSets(_ sets: [String], _ what: String, _ help: String?) {
    #expect { try resolve("quick", sets) } throws: { error in
      guard let failure = error as? Failure else { return false }
      return failure.exitCode == .usage
        && failure.what.hasPrefix("--set") != sets.contains("seeds=3")
        && failure.what.contains(what) && failure.location == nil
        && help.map { failure.help?.contains($0) == true } ?? true
    }
  }

  @Test func refusesWhatNothingMatches() {
    #expect { try resolve("quick", only: "mian") } throws: { error in
      let failure = error as? Failure
      return failure?.exitCode == .usage && failure?.help == "did you mean 'main'?"
    }
  }

  @Test func crossFieldRulesGetAPlace() {
    let text = """
      schema: 1
      experiment: toy
      variants:
        main: {}
        late: {mask: {steps: 10000}}
      """
    #expect { try resolve("quick", text) } throws: { error in
      let failure = error as? Failure
      return failure?.exitCode == .manifestInvalid
        && failure?.location == SourceLocation(file: "m.yaml", line: 5, column: 17)
        && failure?.what
          == "mask.steps is more than ten times pretrain.steps (variant 'late', profile 'quick')"
    }
    #expect { try resolve("quick", "schema: 1\nexperiment: toy\nmask: {steps: 999}") } throws: {
      ($0 as? Failure)?.location == SourceLocation(file: "m.yaml", line: 3, column: 8)
    }
    // A setting that only another layer of precedence names counts where it is named last.
    let profile =
      "schema: 1\nexperiment: toy\nmask: {steps: 9}\nprofiles: {quick: {mask: {steps: 999}}}"
    #expect { try resolve("quick", profile) } throws: {
      ($0 as? Failure)?.location == SourceLocation(file: "m.yaml", line: 4, column: 27)
    }
  }

  @Test func theSameRunTwiceIsRefused() {
    #expect { try resolve("smoke", ["mask.beta=1e-4,0.0001"]) } throws: { error in
      let failure = error as? Failure
      return failure?.exitCode == .usage && failure?.what == "--set mask.beta has a value twice"
    }
    let text = "schema: 1\nexperiment: toy\nsweep: {mask.beta: [1e-4, 2e-4, 0.0001]}"
    #expect { try resolve("quick", text) } throws: { error in
      let failure = error as? Failure
      return failure?.exitCode == .manifestInvalid
        && failure?.what == "'mask.beta' has a value twice"
        && failure?.location == SourceLocation(file: "m.yaml", line: 3, column: 33)
    }
  }

  @Test func tooManyCombinationsAreRefused() {
    let values = (1...200).map { "\(Double($0) / 1000)" }.joined(separator: ",")
    #expect { try resolve("smoke", ["mask.beta=\(values)", "pretrain.lr=\(values)"]) } throws: {
      ($0 as? Failure)?.what.contains("more than 10000 combinations") == true
    }
    let variants = (0..<101).map { "  v\($0): {}\n" }.joined()
    let half = values.split(separator: ",").prefix(100).joined(separator: ", ")
    #expect {
      try resolve(
        "paper", "schema: 1\nexperiment: toy\nsweep: {mask.beta: [\(half)]}\nvariants:\n\(variants)"
      )
    } throws: {
      ($0 as? Failure)?.why == "101 variants with 100 combinations of swept values each"
    }
  }

  @Test func tooManyCombinationsAreRefusedInProfilesThatNobodyAsksFor() {
    let values = (1...101).map { "\(Double($0) / 1000)" }.joined(separator: ", ")
    #expect {
      try resolve(
        "smoke",
        """
        schema: 1
        experiment: toy
        profiles:
          paper:
            sweep:
              mask.beta: [\(values)]
              pretrain.lr: [\(values)]
        """)
    } throws: { error in
      let failure = error as? Failure
      return failure?.what == "the swept values have more than 10000 combinations"
        && failure?.location == SourceLocation(file: "m.yaml", line: 7, column: 7)
    }
  }

  private func resolve(_ profile: String, _ text: String) throws -> [ResolvedVariant] {
    try resolve(profile, [], only: nil, text)
  }
}
