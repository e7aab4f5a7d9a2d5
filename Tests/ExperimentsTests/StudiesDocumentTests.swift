import ExperimentKit
import Experiments
import Foundation
import Testing

/// The example of `docs/studies.md` is a manifest that works as it stands.
@Suite struct StudiesDocumentTests {
  /// The lines of the first block of YAML in the document.
  private func example() throws -> [String] {
    let path = Repository.root.appendingPathComponent("docs/studies.md")
    let lines = try String(contentsOf: path, encoding: .utf8).components(separatedBy: "\n")
    let start = try #require(lines.firstIndex(of: "```yaml"))
    let end = try #require(lines[start...].firstIndex(of: "```"))
    return Array(lines[lines.index(after: start)..<end])
  }

  /// The manifest, with what it extends taken from the repository.
  private func manifest() throws -> Manifest {
    let base = "experiments/masks/addmul-fnn.yaml"
    let text = try String(
      contentsOf: Repository.root.appendingPathComponent(base), encoding: .utf8)
    return try Manifest(
      text: try example().joined(separator: "\n"), path: "samples.yaml",
      registry: AllKinds.registry, bases: [ManifestSource(path: base, text: text)])
  }

  @Test func theExampleIsShortAndComplete() throws {
    #expect(try example().count == 10)
    let manifest = try manifest()
    #expect(manifest.study == "addmul-samples")
    #expect(manifest.kind.name == "addmul-fnn")
    #expect(manifest.variants == ["one", "two", "four"])
    let base = try Manifest.load(Repository.manifest("addmul-fnn"), registry: AllKinds.registry)
    #expect(manifest.claims.map(\.id) == base.claims.map(\.id))
  }

  @Test(arguments: ["smoke", "quick", "desk", "paper"])
  func everyProfileResolves(profile: String) throws {
    let runs = try manifest().resolve(profile: profile)
    #expect(runs.map { $0.configuration["mask"]?["samples"] } == [1, 2, 4])
    #expect(Set(runs.map(\.identity.hash)).count == 3)
    #expect(Set(try runs.map { try #require($0.prepared.pretrainingKey) }).count == 1)
  }

  @Test func theProfileQuickIsAsTheDocumentSays() throws {
    let manifest = try manifest()
    #expect(try manifest.seeds(profile: "quick") == Array(0..<5))
    for run in try manifest.resolve(profile: "quick") {
      #expect(run.configuration["model"]?["hidden"] == [200, 200, 100])
      #expect(run.configuration["pretrain"]?["steps"] == 6000)
    }
  }
}
