import ExperimentKit
import Experiments
import Store
import Tensors
import TestSupport
import Testing

/// Networks whose modules are known by construction, and what is said of masks for them.
@Suite struct PlantedModulesTests {
  /// A finished smoke run with its files.
  private struct Finished {
    let prepared: any PreparedRun
    let context: RunContext
    let weights: [String: Tensor<Float>]
    let needed: StoredMasks

    init(_ changes: [(String, String)], folder: String) throws {
      let subject = try TinyRun.configuration(
        "planted-dial", [("mask.steps", "1"), ("controls.level", "off")] + changes)
      prepared = try subject.experiment.prepare(json: subject.configuration)
      context = try RunContext(seed: 5, kind: subject.experiment, folder: folder)
      try prepared.run(context)
      weights = try PredictionRequest.weights(
        of: Safetensors.read("\(folder)/weights.safetensors").tensors, path: "weights",
        note: { _ in })
      let path = "\(folder)/planted-truth.safetensors"
      needed = try StoredMasks(Safetensors.read(path).tensors, path: path)
    }

    /// The logits of the sub-tasks for all pairs of operands, and the right classes.
    func logits(_ weights: [String: Tensor<Float>]) throws -> [[[Float]]] {
      let examples = try prepared.evaluationSet(seed: 5, dataFolder: "")
      let logits = try prepared.predict(
        PredictionRequest(
          weights: weights, masks: nil, isInverted: false, inputs: examples.inputs))
      let width = logits.shape[1] / 2
      return (0..<2).map { sum in
        (0..<9).map { row in (0..<width).map { logits[row, sum * width + $0] } }
      }
    }
  }

  private static let moduli = [3, 4]

  /// Whether every example's right class has the only largest logit.
  private static func isRight(_ logits: [[Float]], sum: Int) -> Bool {
    logits.enumerated().allSatisfy { row, logits in
      let right = (row / 3 + row % 3) % moduli[sum]
      return logits.indices.allSatisfy { $0 == right || logits[$0] < logits[right] - 1e-3 }
    }
  }

  /// The oracle: every weight and bias is taken away by itself.
  @Test(arguments: [
    [("model.shared", "0")], [("model.shared", "0.4")], [("model.shared", "0.8")],
    [("model.shared", "1")], [("model.shared", "0.2"), ("model.shared-first-layer", "true")],
  ])
  func `needed is what an answer is wrong without, and nothing else matters`(
    _ changes: [(String, String)]
  ) throws {
    try withTemporaryFolder { folder in
      let run = try Finished(changes, folder: folder)
      let whole = try run.logits(run.weights)
      for sum in 0..<2 { #expect(Self.isRight(whole[sum], sum: sum)) }
      let stages = try ["first", "second"].map(run.needed.stage)
      var others = 0
      for (name, tensor) in run.weights {
        for place in 0..<tensor.count where tensor[flat: place] != 0 {
          var without = run.weights
          var changed = tensor
          changed[flat: place] = 0
          without[name] = changed
          let logits = try run.logits(without)
          for sum in 0..<2 {
            let isNeeded = try #require(stages[sum][name]).bits[place] == 1
            #expect(
              isNeeded ? !Self.isRight(logits[sum], sum: sum) : logits[sum] == whole[sum],
              "\(name) \(place) of sum \(sum)")
            if !isNeeded { others += 1 }
          }
        }
      }
      #expect(others > 50, "weights of the other sub-task, and of spare units")
      for stage in stages {
        for (name, mask) in stage {
          let tensor = try #require(run.weights[name])
          #expect(mask.bits.indices.allSatisfy { mask.bits[$0] == 0 || tensor[flat: $0] != 0 })
        }
      }
    }
  }

  /// Sharing by construction: none, more and more, all but the outputs.
  @Test func `the dial goes from separate to shared`() throws {
    var found: [Double] = []
    for shared in ["0", "0.4", "0.8", "1"] {
      try withTemporaryFolder { folder in
        let context = try Finished([("model.shared", shared)], folder: folder).context
        found.append(try context.value(.plantedSharing, ["first", "second", "all"], "iou"))
        let outputs = ["first", "second", "layers.2.weight"]
        #expect(try context.value(.plantedSharing, outputs, "iou") == 0)
        for layer in ["layers.0.weight", "layers.1.weight"] where shared == "0" || shared == "1" {
          let keys = ["first", "second", layer]
          #expect(
            try context.value(.plantedSharing, keys, "iou") == (shared == "0" ? 0 : 1))
          if shared == "1" {
            #expect(try abs(context.value(.plantedSharing, keys, "sigma") - 1) < 1e-12)
          } else {
            #expect(try context.value(.plantedSharing, keys, "sigma") < 0)
          }
        }
      }
    }
    #expect(found[0] == 0)
    #expect(zip(found, found.dropFirst()).allSatisfy { $0 < $1 })
  }

  /// The smoke run of separate modules, with masks of single weights and of rows.
  @Test(arguments: ["weight", "row"])
  func `masks find what is needed`(unit: String) throws {
    let context = try TinyRun.run(
      TinyRun.configuration(
        "planted-separate", variant: "gumbel-sigmoid",
        [("mask.unit", unit), ("controls.level", "off")]))
    for stage in ["full", "first", "second"] {
      let keys = [stage, "all"]
      #expect(try context.value(.plantedTruth, keys, "auroc") > 0.95)
      let gates = try context.value(.plantedTruth, keys, "n_gates")
      #expect(gates == (unit == "weight" ? 312 : 32), "12×6, 12×12 and 8×12 weights")
      let needed = try context.value(.plantedTruth, keys, "n_needed")
      let kept = try context.value(.plantedTruth, keys, "n_kept")
      let found = try context.value(.plantedTruth, keys, "needed_kept")
      let others = try context.value(.plantedTruth, keys, "others_kept")
      let together = found * needed + others * (gates - needed)
      #expect(abs(together - kept) < 1e-9)
      let masks = try context.value(
        .layerStats, keys, unit == "weight" ? "n_kept" : "n_units_kept")
      #expect(kept == masks)
    }
    for stage in ["first", "second"] {
      #expect(try context.value(.plantedTruth, [stage, "all"], "auroc_other") > 0.95)
      #expect(try context.value(.accuracy, [stage, "mask", stage], "accuracy") > 0.8)
    }
    #expect(
      !context.records(of: .plantedTruth).contains {
        $0.keys[0] == "full" && $0.metric == "auroc_other"
      })
  }

  @Test func `what cannot be planted is refused before anything runs`() throws {
    func failure(_ key: String, _ value: String) -> Failure? {
      #expect(throws: Failure.self) {
        let (kind, configuration) = try TinyRun.configuration("planted-dial", [(key, value)])
        _ = try kind.prepare(json: configuration)
      }
    }
    #expect(failure("task.moduli", "[2, 4]")?.what.hasPrefix("task.moduli: [2, 4]") == true)
    #expect(failure("task.moduli", "[4]") != nil)
    #expect(failure("model.shared", "1.1") != nil)
    #expect(failure("mask.samples", "3")?.what.hasPrefix("mask.batch is no multiple") == true)
    #expect(
      failure("controls.destroyed", "[re-initialised]")?.what.contains("is trained here") == true)
  }
}
