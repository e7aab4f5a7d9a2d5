import ExperimentKit
import Store
import TestSupport
import Testing

/// The name of a study, and manifests that extend others.
@Suite struct ManifestStudyTests {
  private static let base = """
    schema: 1
    experiment: toy
    study: base
    title: A point
    seeds: 3
    pretrain: {steps: 20}
    variants:
      main: {}
      slow: {pretrain: {lr: 0.001}}
    profiles:
      quick: {pretrain: {steps: 5}, seeds: 2}
    claims:
      - {id: one, claim: first, measure: 'max(accuracy.accuracy[stage=a])', holds: {above: 0}}
      - {id: two, claim: second, measure: 'max(accuracy.loss[stage=a])', holds: {above: 0}}
    """

  private func parse(_ text: String, path: String = "m.yaml") throws -> Manifest {
    try Manifest(
      text: text, path: path, registry: toyRegistry,
      bases: [ManifestSource(path: "base.yaml", text: Self.base)])
  }

  @Test(arguments: [
    ("m.yaml", "m"), ("a/b/my_Study-2.yml", "my_Study-2"), ("plain", "plain"),
    ("x/addmul.v2.yaml", "addmul.v2"),
  ])
  func theNameIsThatOfTheFileUnlessGiven(path: String, name: String) throws {
    #expect(try parse("schema: 1\nexperiment: toy", path: path).study == name)
    #expect(try parse("schema: 1\nexperiment: toy\nstudy: other", path: path).study == "other")
  }

  @Test(arguments: ["..", "", "a/b", "cache", "-x", ".hidden", "two words", "slurm", "ä"])
  func aNameThatIsNoFolderIsRefused(name: String) {
    let failure = #expect(throws: Failure.self) {
      try parse("schema: 1\nexperiment: toy\nstudy: '\(name)'")
    }
    #expect(failure?.exitCode == .manifestInvalid)
    #expect(failure?.location?.line == 3)
  }

  @Test func aFileNameThatIsNoStudyNameAsksForOne() {
    let failure = #expect(throws: Failure.self) {
      try parse("schema: 1\nexperiment: toy", path: "my manifest.yaml")
    }
    #expect(failure?.help == "add a line such as study: my-study")
  }

  @Test func whatIsExtendedIsTakenOverKeyByKey() throws {
    let manifest = try parse(
      """
      schema: 1
      extends: base.yaml
      title: Another point
      pretrain: {lr: 0.5}
      variants: {fast: {pretrain: {lr: 0.75}}}
      profiles: {quick: {pretrain: {lr: 0.25}}}
      claims:
        - {id: two, claim: changed, measure: 'max(accuracy.loss[stage=b])', holds: {below: 9}}
        - {id: three, claim: new, measure: 'max(accuracy.loss[stage=c])', holds: {below: 9}}
      """)
    #expect(manifest.study == "m")
    #expect(manifest.title == "Another point")
    #expect(manifest.variants == ["main", "slow", "fast"])
    #expect(manifest.claims.map(\.id) == ["one", "two", "three"])
    #expect(manifest.claims[1].claim == "changed")
    #expect(try manifest.seeds(profile: "paper") == [0, 1, 2])
    #expect(try manifest.seeds(profile: "quick") == [0, 1])
    let paper = try manifest.resolve(profile: "paper")
    #expect(paper[0].configuration["pretrain"]?["lr"]?.numberValue == 0.5)
    #expect(paper[0].configuration["pretrain"]?["steps"] == 20)
    #expect(paper[1].configuration["pretrain"]?["lr"]?.numberValue == 0.001)
    let quick = try manifest.resolve(profile: "quick")
    #expect(quick[0].configuration["pretrain"]?["lr"]?.numberValue == 0.25)
    #expect(quick[0].configuration["pretrain"]?["steps"] == 5)
    #expect(manifest.sources.map(\.path) == ["m.yaml", "base.yaml"])
  }

  @Test func aMistakeInTheExtendedManifestNamesItsPlace() {
    let base = ManifestSource(
      path: "lab/base.yaml", text: "schema: 1\nexperiment: toy\npretrain: {stepps: 3}")
    let failure = #expect(throws: Failure.self) {
      try Manifest(
        text: "schema: 1\nextends: base.yaml", path: "lab/m.yaml", registry: toyRegistry,
        bases: [base])
    }
    #expect(failure?.location?.file == "lab/base.yaml")
    #expect(failure?.location?.line == 3)
  }

  @Test func circlesAndMissingFilesAreRefused() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("schema: 1\nextends: b.yaml", to: folder + "/a.yaml")
      try AtomicFile.write("schema: 1\nextends: a.yaml", to: folder + "/b.yaml")
      try AtomicFile.write("schema: 1\nextends: none.yaml", to: folder + "/c.yaml")
      let circle = #expect(throws: Failure.self) {
        try Manifest.load(folder + "/a.yaml", registry: toyRegistry)
      }
      #expect(circle?.what == "the manifest extends itself")
      let missing = #expect(throws: Failure.self) {
        try Manifest.load(folder + "/c.yaml", registry: toyRegistry)
      }
      #expect(missing?.exitCode == .manifestInvalid)
      #expect(missing?.location?.line == 2)
    }
  }
}
