import Foundation
import Testing

/// What modules may know of one another beyond what the package declares.
@Suite struct ArchitectureTests {
  private static let sources = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources")

  /// The Swift sources of a module, by path.
  private func files(_ module: String) throws -> [(path: String, text: String)] {
    let folder = Self.sources.appendingPathComponent(module)
    let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let urls = (found?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
    #expect(!urls.isEmpty, "\(module)")
    return try urls.map { ($0.path, try String(contentsOf: $0, encoding: .utf8)) }
  }

  /// The modules that a source imports.
  private func imports(_ text: String) -> Set<String> {
    Set(
      text.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        return words.count >= 2 && words.dropLast().last == "import" && !line.hasPrefix(" ")
          ? String(words[words.count - 1]) : nil
      })
  }

  @Test(
    arguments: [
      ("CommandLine", ["Masks", "Autograd", "NeuralNetworks", "Benchmarks", "Experiments"]),
      (
        "Runner",
        ["Masks", "Autograd", "NeuralNetworks", "Benchmarks", "Experiments", "Datasets"]
      ),
      ("ExperimentKit", ["Masks", "Autograd", "NeuralNetworks", "Experiments", "Runner"]),
      ("Experiments", ["Runner", "CommandLine"]), ("ScienceCommands", ["Experiments"]),
      ("Store", ["ExperimentKit", "Runner"]),
    ])
  func modulesKnowNoMoreThanTheyShould(module: String, forbidden: [String]) throws {
    for file in try files(module) {
      let known = imports(file.text).intersection(forbidden)
      #expect(known.isEmpty, "\(file.path) imports \(known.sorted())")
    }
  }

  /// Tables, artefacts and stages that experiments name; the runner gets them from the kind.
  private static let scientificNames = [
    "accuracy", "layer_stats", "pair_overlap", "confusion", "confusion_delta", "class_drop",
    "output_unit_removed", "mask_histogram", "transfer", "grad_cosine", "training_curve",
    "weights.safetensors", "masks.safetensors", "pretrained", "full", "mask_mode", "eval_set",
  ]

  @Test(arguments: ["Runner", "ExperimentKit"])
  func noTableArtefactOrStageOfAnExperimentIsNamed(module: String) throws {
    for file in try files(module) {
      for name in Self.scientificNames {
        let isNamed = file.text.contains("\"\(name)\"")
        #expect(!isNamed, "\(file.path) names '\(name)'")
      }
    }
  }
}
