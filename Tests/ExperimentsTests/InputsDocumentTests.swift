import ExperimentKit
import Experiments
import Foundation
import Store
import Tensors
import TestSupport
import Testing

/// The listings of `docs/inputs.md` load exports in PyTorch and compute what modlab predicts.
///
/// The goldens hold what the listings computed from the tiny exports beside them; see
/// `tools/goldens/exports.py`.
@Suite struct InputsDocumentTests {
  static let cases = [
    "feed_forward", "lstm", "convolutional", "residual", "sequence_lstm", "transformer",
    "transformer_tied",
  ]

  /// The Python listings of the document by the name that their first line gives.
  private static func listings() throws -> [String: String] {
    let document = try String(
      contentsOf: Repository.root.appendingPathComponent("docs/inputs.md"), encoding: .utf8)
    var listings: [String: String] = [:]
    for part in document.components(separatedBy: "```python\n").dropFirst() {
      let text = part.components(separatedBy: "```")[0]
      let name = text.prefix { $0 != "\n" }.dropFirst("# ".count).dropLast(".py".count)
      listings[String(name)] = text
    }
    return listings
  }

  @Test(arguments: cases)
  func theListingIsTheOneThatTheGoldenWasMadeFrom(_ name: String) throws {
    let golden = try Golden("export_\(name)", in: .module)
    let listings = try Self.listings()
    let listing = try #require(listings[golden.fact("listing")])
    #expect(try SHA256.digest(of: Array(listing.utf8)) == golden.fact("sha256_listing"))
    let common = try #require(listings["common"])
    #expect(try SHA256.digest(of: Array(common.utf8)) == golden.fact("sha256_common"))
  }

  @Test func everyListingHasAGolden() throws {
    var known: Set<String> = ["common"]
    for name in Self.cases {
      known.insert(try Golden("export_\(name)", in: .module).fact("listing"))
    }
    #expect(Set(try Self.listings().keys) == known)
  }

  @Test(arguments: cases)
  func predictionsAgreeWithPyTorch(_ name: String) throws {
    let golden = try Golden("export_\(name)", in: .module)
    let folder = (Bundle.module.resourcePath ?? "") + "/Goldens/exports/\(name)"
    let manifest = try Manifest.load(folder + "/m.yaml", registry: AllKinds.registry)
    let run = try #require(try manifest.resolve(profile: "quick").first)
    let weights = try PredictionRequest.weights(
      of: Safetensors.read(folder + "/weights.safetensors").tensors, path: "weights",
      note: { Issue.record("\($0)") })
    let masks = try StoredMasks(
      Safetensors.read(folder + "/masks.safetensors").tensors, path: "masks"
    ).stage(golden.fact("stage")).mapValues(\.factors)
    #expect(masks.values.contains { $0.scalars.contains(0) })
    let examples = try Safetensors.read(folder + "/evaluation.safetensors").tensors
    for (mode, masks) in [("none", nil), ("mask", masks)] {
      let found = try run.prepared.predict(
        PredictionRequest(weights: weights, masks: masks, inputs: examples))
      let wanted: Tensor<Float> = try golden.tensor("logits/\(mode)")
      try #require(found.shape == wanted.shape)
      // Places behind the end of a sequence are filled up, and mean nothing.
      let places = try #require(examples["targets"]?.int64)
      let classes = found.count / places.count
      var difference: Float = 0
      for place in 0..<found.count where places[place / classes] >= 0 {
        difference = max(difference, abs(found[flat: place] - wanted[flat: place]))
      }
      #expect(difference <= 1e-5, "\(mode)")
      let accuracies = try JSONValue.parse(golden.fact("accuracies_\(mode)"), file: name)
      try expectAccuracies(accuracies, of: found, examples)
    }
  }

  /// Compares the accuracies that a listing printed with those of predictions.
  private func expectAccuracies(
    _ wanted: JSONValue, of logits: Tensor<Float>, _ examples: [String: StoredTensor]
  ) throws {
    let targets = try #require(examples["targets"]?.int64)
    let answers = logits.reshaped(to: [targets.count, logits.count / targets.count]).argmaxRows()
    let width = targets.count / logits.shape[0]
    let isRight = (0..<logits.shape[0]).map { row in
      (row * width..<(row + 1) * width).allSatisfy {
        targets[$0] < 0 || Int(targets[$0]) == answers[$0]
      }
    }
    let sets = examples.filter { $0.key.hasPrefix("set/") }
    #expect(wanted.objectValue?.count == sets.count)
    for (name, members) in sets {
      let members = try #require(members.bytes)
      let right = zip(members, isRight).count { $0 == 1 && $1 }
      let accuracy = Double(right) / Double(members.count { $0 == 1 })
      let printed = try #require(wanted[String(name.dropFirst("set/".count))]?.numberValue)
      #expect(abs(printed - accuracy) <= 1e-12, "\(name)")
    }
  }
}
