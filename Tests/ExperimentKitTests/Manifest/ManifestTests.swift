import ExperimentKit
import Store
import TestSupport
import Testing

let toyRegistry = KindRegistry([ToyExperiment()])

/// A manifest with something of everything.
let toyManifest = """
  schema: 1
  experiment: toy
  section: "9.9"
  title: A toy
  seeds: 4
  checkpoint-every: 30
  pretrain: {steps: 100, lr: 0.2}
  mask: {steps: 50, beta: 1.0e-4}
  sweep: {mask.beta: [1e-5, 1.0e-4]}
  variants:
    main: {}
    slow: {pretrain: {lr: 0.01}}
    wide: {pretrain: {widths: [9, 9]}}
  profiles:
    smoke:
      seeds: [0, 7]
      pretrain: {steps: 6}
      mask: {steps: 2}
      sweep: {}
      skip-variants: [wide]
    quick:
      seeds: 1..2
      checkpoint-every: 5
      pretrain: {steps: 20, lr: 0.3}
      variants:
        slow: {pretrain: {lr: 0.02}}
  claims:
    - id: low-loss
      claim: The loss is low
      source: nowhere
      published: 0
      measure: accuracy.loss[stage=add, mask_mode=mask, eval_set=iid]
      holds: {at-most: 0.5}
  """

@Suite struct ManifestTests {
  private func parse(_ text: String) throws -> Manifest {
    try Manifest(text: text, path: "m.yaml", registry: toyRegistry)
  }

  @Test func readsTheCommonKeys() throws {
    let manifest = try parse(toyManifest)
    #expect(manifest.kind.name == "toy")
    #expect(manifest.section == "9.9")
    #expect(manifest.title == "A toy")
    #expect(manifest.variants == ["main", "slow", "wide"])
    #expect(manifest.profileNames == ["smoke", "quick", "paper"])
    #expect(manifest.claims.map(\.id) == ["low-loss"])
    #expect(manifest.text == toyManifest)
    #expect(manifest.path == "m.yaml")
  }

  @Test func leastManifest() throws {
    let manifest = try parse("schema: 1\nexperiment: toy")
    #expect(manifest.section == "0.1")
    #expect(manifest.title == "Does a point find its target?")
    #expect(manifest.variants == ["main"])
    #expect(try manifest.seeds(profile: "quick") == [0])
    let resolved = try manifest.resolve(profile: "desk")
    #expect(resolved.map(\.variant) == ["main"])
    #expect(resolved[0].configuration == ToyExperiment().defaultConfiguration)
    #expect(resolved[0].checkpointInterval == 60)
  }

  @Test func profilesOverrideCommonKeys() throws {
    let manifest = try parse(toyManifest)
    #expect(try manifest.seeds(profile: "paper") == [0, 1, 2, 3])
    #expect(try manifest.seeds(profile: "smoke") == [0, 7])
    #expect(try manifest.seeds(profile: "quick") == [1, 2])
    #expect(try manifest.checkpointInterval(profile: "paper") == 30)
    #expect(try manifest.checkpointInterval(profile: "quick") == 5)
    #expect(try manifest.variants(profile: "smoke") == ["main", "slow"])
    #expect(try manifest.axes(profile: "smoke").isEmpty)
    #expect(try manifest.axes(profile: "quick").map(\.key) == ["mask.beta"])
  }

  @Test func aProfileThatIsNotThereIsRefused() throws {
    let manifest = try parse(toyManifest)
    for name in ["desk", "qick"] {
      #expect { try manifest.resolve(profile: name) } throws: { error in
        let failure = error as? Failure
        return failure?.exitCode == .usage && failure?.why == "it has smoke, quick, paper"
      }
    }
    #expect(throws: Failure.self) {
      try parse("schema: 1\nexperiment: toy").resolve(profile: "fast")
    }
  }

  @Test func readsFiles() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/toy.yaml"
      try AtomicFile.write(toyManifest, to: path)
      #expect(try Manifest.load(path, registry: toyRegistry).title == "A toy")
      #expect { try Manifest.load("\(folder)/none.yaml", registry: toyRegistry) } throws: { error in
        (error as? Failure)?.exitCode == .manifestInvalid
      }
      try AtomicFile.write([0x66, 0xFF, 0xFE], to: path)
      #expect { try Manifest.load(path, registry: toyRegistry) } throws: { error in
        (error as? Failure)?.exitCode == .manifestInvalid
          && "\(error)".contains("is no manifest") && "\(error)".contains("'modlab init'")
      }
      #expect { try Manifest.load(folder, registry: toyRegistry) } throws: { error in
        "\(error)".contains("it is a folder") && "\(error)".contains("'modlab init'")
      }
    }
  }

  // MARK: - Mistakes

  private static let head = "schema: 1\nexperiment: toy\n"

  @Test(arguments: [
    ("experiment: toy", "m.yaml:1:1: the key 'schema' is missing", "schema: 1 as the first line"),
    (#"{"hash": "23330d48af"}"#, "the key 'schema' is missing", "the manifest that was run"),
    (
      #"{"study": "toy", "schema": "modlab-sweep-2"}"#,
      "m.yaml:1:28: this is no manifest but a record of results", "the manifest that was run"
    ),
    ("schema: 2\nexperiment: toy", "m.yaml:1:9: schema 2 is not known", "newer modlab"),
    ("schema: one\nexperiment: toy", "m.yaml:1:9: ", nil),
    ("schema: 1", "the key 'experiment' is missing", nil),
    ("schema: 1\nexperiment: tyo", "m.yaml:2:13: unknown experiment 'tyo'", "'toy'"),
    ("schema: 1\nexperiment: my-study", "m.yaml:2:13: unknown experiment", "under 'study'"),
    ("[1, 2]", "m.yaml:1:1: expected a mapping", "a file of YAML"),
    ("study,variant\ntoy,main", "m.yaml:1:1: expected a mapping", "'modlab init'"),
    (head + "sedes: 3", "m.yaml:3:1: unknown key 'sedes'", "'seeds'"),
    (head + "skip-variants: [a]", "m.yaml:3:1: unknown key 'skip-variants'", nil),
    (head + "seeds: 0", "m.yaml:3:8: there are no seeds", "(0..9)"),
    (head + "seeds: many", "m.yaml:3:8: seeds cannot be the text 'many'", nil),
    (head + "seeds: [1, 1]", "m.yaml:3:8: the seed 1 is listed twice", "leave"),
    (head + "seeds: [-1]", "m.yaml:3:8: the seed -1 is not between", nil),
    (head + "checkpoint-every: 0", "m.yaml:3:19: 'checkpoint-every': 0 is out of range", nil),
    (head + "pretrain: {stepz: 1}", "m.yaml:3:12: unknown key 'stepz' in 'pretrain'", "'steps'"),
    (head + "title: [a]", "m.yaml:3:8: expected a text", nil),
    (head + "variants: {}", "m.yaml:3:11: there are no variants", nil),
    (head + "variants: {Main: {}}", "m.yaml:3:12: 'Main' cannot be the name of a variant", nil),
    (head + "variants: {../x: {}}", "cannot be the name of a variant", nil),
    (
      head + "variants: {main: {seeds: 3}}", "m.yaml:3:19: unknown key 'seeds' in 'variants.main'",
      nil
    ),
    (head + "variants: {main: {mask: {beta: x}}}", "m.yaml:3:32: 'mask.beta': expected", nil),
    (head + "variants:\n  main:", "expected a mapping, found nothing", nil),
    (head + "profiles: {fast: {}}", "m.yaml:3:12: unknown key 'fast' in 'profiles'", nil),
    (head + "profiles: {quik: {}}", "m.yaml:3:12: unknown key 'quik'", "'quick'"),
    (
      head + "profiles: {quick: {title: x}}",
      "m.yaml:3:20: unknown key 'title' in 'profiles.quick'", nil
    ),
    (head + "profiles: {quick: {mask: {steps: x}}}", "m.yaml:3:34: 'mask.steps': expected", nil),
    (
      head + "profiles: {quick: {skip-variants: [man]}}", "m.yaml:3:36: unknown variant 'man'",
      "'main'"
    ),
    (
      head + "profiles: {quick: {skip-variants: [main]}}",
      "m.yaml:3:35: the profile 'quick' skips all variants", nil
    ),
    (
      head + "profiles: {quick: {variants: {mian: {}}}}", "m.yaml:3:31: unknown variant 'mian'",
      "'main'"
    ),
    (
      head + "profiles: {quick: {variants: {main: {mask: {stepz: 1}}}}}",
      "m.yaml:3:45: unknown key 'stepz' in 'mask'", "'steps'"
    ),
    (head + "sweep: {mask.betta: [1]}", "m.yaml:3:9: unknown key 'betta' in 'mask'", "'beta'"),
    (head + "sweep: {mask.beta: 1}", "m.yaml:3:20: expected a list of values", "[1]"),
    (head + "sweep: {mask.beta: []}", "m.yaml:3:20: 'mask.beta' has no values", nil),
    (head + "sweep: {mask.beta: [1, 7]}", "m.yaml:3:24: 'mask.beta': 7 is out of range", nil),
    (head + "sweep: {mask: [{beta: 1}]}", "m.yaml:3:9: 'mask' is a section", "'mask.beta'"),
    (head + "profiles: {quick: {sweep: {mask.beta: [x]}}}", "m.yaml:3:40: 'mask.beta': ", nil),
    (head + "claims: 3", "m.yaml:3:9: expected a list", nil),
  ])
  func refuses(_ text: String, _ what: String, _ help: String?) {
    #expect { try parse(text) } throws: { error in
      guard let failure = error as? Failure else { return false }
      let isRight =
        failure.exitCode == .manifestInvalid && failure.description.contains(what)
        && help.map { failure.help?.contains($0) == true } ?? true
      if !isRight { print(failure) }
      return isRight
    }
  }

  @Test func neverCrashesOnTruncatedManifests() {
    let bytes = Array(toyManifest.utf8)
    for length in 0..<bytes.count {
      let text = String(decoding: bytes[..<length], as: UTF8.self)
      do {
        _ = try parse(text)
      } catch let failure as Failure {
        #expect(failure.exitCode == .manifestInvalid)
      } catch {
        Issue.record("\(error)")
      }
    }
  }
}
