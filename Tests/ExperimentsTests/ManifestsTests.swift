import ExperimentKit
import Experiments
import Foundation
import Store
import Testing

@Suite struct ManifestsTests {
  private let registry = AllKinds.registry

  @Test func everyKindHasAManifest() throws {
    let named = try Repository.manifests.map {
      try Manifest.load($0, registry: registry).kind.name
    }
    #expect(Set(named) == Set(registry.kinds.map(\.name)))
  }

  /// Addition and multiplication in a feed-forward network are four studies of one kind.
  @Test func oneKindServesSeveralStudies() throws {
    for name in ["addmul-fnn", "addmul-fnn-beta", "addmul-fnn-size", "addmul-fnn-clip"] {
      let manifest = try Manifest.load(Repository.manifest(name), registry: registry)
      #expect(manifest.kind.name == "addmul-fnn")
      #expect(manifest.study == name)
      #expect(try registry.find(recorded: name).name == "addmul-fnn")
    }
    let failure = #expect(throws: Failure.self) { try registry.find("addmul-fnn-beta") }
    #expect(failure?.help == "write 'experiment: addmul-fnn'")
  }

  @Test(arguments: Repository.manifests, ["smoke", "quick", "desk", "paper"])
  func everyProfileResolves(path: String, profile: String) throws {
    let variants = try Manifest.load(path, registry: registry).resolve(profile: profile)
    #expect(!variants.isEmpty)
    #expect(Set(variants.map(\.identity.hash)).count == variants.count, "no two runs are the same")
  }

  /// Parameter counts of the papers' networks.
  @Test(arguments: [
    ("small", 260_800, 1_020), ("medium", 1_969_600, 3_220), ("big", 12_124_000, 8_020),
    ("huge", 48_248_000, 16_020),
  ])
  func parameterCounts(variant: String, weights: Int, biases: Int) throws {
    let manifest = try Manifest.load(Repository.manifest("addmul-fnn-size"), registry: registry)
    let run = try #require(
      try manifest.resolve(profile: "paper").first { $0.variant == variant })
    let architecture = try manifest.kind.prepare(json: run.configuration).describe()
    func count(_ role: String) -> Int {
      architecture.rows.reduce(0) { $0 + ($1.role == role ? $1.parameters : 0) }
    }
    #expect(count("weight") == weights)
    #expect(count("bias") == biases)
    #expect(architecture.maskedParameterCount == weights)
    #expect(architecture.maskOperationsPerStep == 6 * 128 * Double(weights))
    #expect(architecture.inputShape == [42] && architecture.outputShape == [20])
  }

  /// The published setting of the main experiment.
  @Test func thePaperProfileIsThePublishedSetting() throws {
    let manifest = try Manifest.load(Repository.manifest("addmul-fnn"), registry: registry)
    let run = try #require(try manifest.resolve(profile: "paper").first)
    let c = run.configuration
    #expect(c["model"]?["hidden"] == [2000, 2000, 2000, 2000])
    #expect(c["pretrain"]?["steps"] == 20_000 && c["pretrain"]?["batch"] == 128)
    #expect(c["mask"]?["steps"] == 20_000 && c["mask"]?["samples"] == 4)
    #expect(c["mask"]?["beta"]?.numberValue == 1e-4 && c["mask"]?["lr"]?.numberValue == 1e-2)
    #expect(c["mask"]?["clip-scope"] == "reference")
    #expect(c["mask"]?["roles"] == ["weight"])
    let loops = run.prepared.steps.filter { $0.work != .evaluation }
    #expect(loops.allSatisfy { $0.count == 20_000 })
    #expect(
      loops.map(\.name) == [
        "pretrained", "masks-full", "masks-add", "masks-mul", "masks-full-repeat-1",
        "masks-add-repeat-1", "masks-mul-repeat-1", "masks-never-subtract",
      ])
  }

  /// Runs that differ only after pre-training share the trained network.
  @Test func sweepsOverMasksSharePretraining() throws {
    for (name, networks) in [
      ("addmul-fnn-clip", 1), ("addmul-fnn-beta", 2), ("addmul-fnn-size", 4),
    ] {
      let manifest = try Manifest.load(Repository.manifest(name), registry: registry)
      let runs = try manifest.resolve(profile: "paper")
      let keys = try runs.map {
        try #require(try manifest.kind.prepare(json: $0.configuration).pretrainingKey)
      }
      #expect(Set(keys).count == networks, "\(name)")
    }
    let beta = try Manifest.load(Repository.manifest("addmul-fnn-beta"), registry: registry)
    #expect(try beta.resolve(profile: "paper").count == 50, "25 strengths for two networks")
  }

  /// What is called published is what a text says: limits are none, and there are few numbers. Where
  /// a source has none, or a claim goes beyond it, the manifest says what is asked.
  @Test(arguments: Repository.manifests) func publishedIsWhatTheSourcesSay(path: String) throws {
    let numbers = [
      "3.8", "roughly 0.7", "0.4 to 0.6", "up to 0.6", "0.9357",
      "most of the probability mass is at 0 and 1", "10.2952 ± .0318", "at least .86",
      "at least .89", "at least .92", "at least .97", "at least .99",
    ]
    for claim in try Manifest.load(path, registry: registry).claims {
      #expect(!claim.source.isEmpty, "\(claim.id)")
      #expect(!claim.published.isEmpty || !claim.asks.isEmpty, "\(claim.id)")
      #expect(!claim.published.contains(where: "<>≥≤".contains), "\(claim.id): a limit of ours")
      if claim.published.contains(where: \.isNumber) {
        #expect(numbers.contains(claim.published), "\(claim.id)")
      }
    }
  }

  /// Limits at the size of `quick` are those that networks of this size are to show, and no weaker.
  @Test(arguments: [
    ("addmul-lstm", "claim-1", "≥ 0.98"), ("double-add-lstm", "claim-9", "< 0.02"),
    ("double-add-lstm", "claim-10", "≥ 0.3"), ("scan-lstm", "claim-12-order", "> 0"),
    ("scan-lstm", "claim-12-order-length", "> 0"), ("scan-lstm", "claim-13", "≥ 0.85"),
    ("scan-transformer", "claim-13", "≥ 0.85"), ("cifar10-resnet", "claim-15", "≥ 0.15"),
    ("cifar10-resnet", "claim-16", "≤ 0.3"),
  ])
  func limitsAtQuickSize(study: String, id: String, limit: String) throws {
    let manifest = try Manifest.load(Repository.manifest(study), registry: registry)
    let claim = try #require(manifest.claims.first { $0.id == id })
    #expect(claim.criteria["quick"]?.description == limit)
  }

  /// The accuracy on every split counts, that on long commands too.
  @Test func solvingSCANIncludesLongCommands() throws {
    for study in ["scan-lstm", "scan-transformer"] {
      let manifest = try Manifest.load(Repository.manifest(study), registry: registry)
      let claim = try #require(manifest.claims.first { $0.id == "claim-13" })
      for measure in claim.measures.values { #expect("\(measure)".contains("length")) }
    }
  }

  @Test func theReferencesAreUpToDate() throws {
    let documents = [
      "manifest-reference.md": ManifestReference.markdown(registry),
      "csv-reference.md": CSVReference.markdown(registry),
    ]
    for (name, text) in documents {
      let path = Repository.root.appendingPathComponent("docs/\(name)")
      let committed = try String(contentsOf: path, encoding: .utf8)
      #expect(committed == text, "docs/\(name) is stale: run 'make docs'")
    }
  }
}
