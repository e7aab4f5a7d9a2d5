import ExperimentKit
import Store
import Tensors
import Testing

@Suite struct KindTests {
  private let toy: any Kind = ToyExperiment()

  @Test func worksThroughJSON() throws {
    let configuration = toy.defaultConfiguration
    #expect(try toy.prepare(json: configuration).totalSteps == 26)
    #expect(try toy.prepare(json: configuration).describe().parameterCount == 7)
    #expect(try toy.prepare(json: configuration).pretrainingKey?["pretrain"] != nil)
    #expect(throws: Never.self) { try toy.prepare(json: configuration) }
    let context = try RunContext(seed: 1)
    try toy.prepare(json: configuration).run(context)
    #expect(context.records(of: .accuracy).count == 3)
    #expect(
      ConfigurationHash.of(kind: "toy", version: 1, configuration: configuration)
        == RunIdentity(
          kind: "toy", version: 1, variant: "", profile: "", configuration: configuration
        ).hash)
  }

  @Test func describesItself() throws {
    let architecture = try toy.prepare(json: toy.defaultConfiguration).describe()
    #expect(architecture.maskedParameterCount == 6)
    #expect(architecture.json["parameters"] == 7)
    #expect(architecture.json["layers"]?[0]?["layer"] == "point")
    #expect(architecture.json["flops_per_step"]?["mask"] == 48.0)
  }

  @Test func registryFindsAndSuggests() throws {
    #expect(try toyRegistry.find("toy").name == "toy")
    #expect { try toyRegistry.find("toi") } throws: { error in
      (error as? Failure)?.help == "did you mean 'toy'?"
    }
  }

  /// Manifests must use the present name; records may have an earlier one.
  @Test func formerNamesAreKnownToRecordsOnly() throws {
    var renamed = ToyExperiment()
    renamed.formerNames = ["toy-old"]
    let registry = KindRegistry([renamed])
    #expect(try registry.find(recorded: "toy-old").name == "toy")
    #expect(try registry.find(recorded: "toy").name == "toy")
    #expect(throws: Failure.self) { try registry.find(recorded: "toi") }
    let failure = #expect(throws: Failure.self) {
      try Manifest(text: "schema: 1\nexperiment: toy-old\n", path: "m.yaml", registry: registry)
    }
    #expect(failure?.exitCode == .manifestInvalid)
    #expect(failure?.location?.line == 2)
    #expect(failure?.help == "write 'experiment: toy'")
    let copy = try Manifest(
      text: "schema: 1\nexperiment: toy-old\n", path: "m.yaml", registry: registry,
      isRecorded: true)
    #expect(copy.kind.name == "toy")
  }

  @Test func tablesAndArtefactsAreThoseOfAllKinds() {
    #expect(toyRegistry.tables == Table.toys.sorted { $0.name < $1.name })
    #expect(toyRegistry.artefacts.map(\.name) == ["masks.safetensors", "weights.safetensors"])
  }

  @Test func refusesPredictionsUnlessOffered() {
    struct Mute: Kind {
      typealias Configuration = ToySettings
      let name = "mute"
      let section = "0"
      let summary = ""
      let version = 1
      let tables: [Table] = []
      func prepare(_ c: ToySettings) throws -> any PreparedRun { PreparedMute() }
    }
    struct PreparedMute: PreparedRun {
      let steps = [RunStep("nothing", .evaluation, count: 1, operations: 0)]
      func describe() throws -> Architecture {
        try ToyExperiment().prepare(ToySettings()).describe()
      }
      func run(_ context: RunContext) throws {}
    }
    #expect(throws: Failure.self) {
      try Mute().prepare(json: Mute().defaultConfiguration).predict(
        PredictionRequest(weights: [:], inputs: [:]))
    }
    #expect(PreparedMute().pretrainingKey == nil)
  }
}
