import ExperimentKit
import Masks
import Store
import Tensors
import TestSupport
import Testing

@testable import Experiments

@Suite struct MaskStabilityTests {
  @Test func `two masks for each set overlap as their stored bits do`() throws {
    try withTemporaryFolder { folder in
      let subject = try TinyRun.configuration("cifar10-mask-stability")
      let context = try RunContext(seed: 0, folder: folder)
      try subject.experiment.prepare(json: subject.configuration).run(context)
      let stored = try Safetensors.read("\(folder)/masks.safetensors").tensors
      let first = context.texts(.pairOverlap, 0).sorted()
      #expect(first.count == 2 && context.texts(.pairOverlap, 1).count == 2)
      for a in first {
        #expect(a.hasSuffix("-a"))
        let b = String(a.dropLast()) + "b"
        for (row, skipsClassifier) in [("all", false), ("all-but-classifier", true)] {
          var (inter, union) = (0, 0)
          for (name, tensor) in stored where name.hasPrefix("\(a)/") && !name.hasSuffix(".logit") {
            let parameter = String(name.dropFirst(a.count + 1))
            if skipsClassifier && parameter.hasPrefix("classifier") { continue }
            guard case .uint8(let x, _) = tensor,
              case .uint8(let y, _)? = stored["\(b)/\(parameter)"]
            else {
              Issue.record("\(name) is no mask")
              continue
            }
            for (p, q) in zip(x, y) {
              inter += p == 1 && q == 1 ? 1 : 0
              union += p == 1 || q == 1 ? 1 : 0
            }
          }
          #expect(try context.value(.pairOverlap, [a, b, row], "n_inter") == Double(inter))
          #expect(try context.value(.pairOverlap, [a, b, row], "n_union") == Double(union))
        }
        let classifier = try context.value(.pairOverlap, [a, b, "classifier.weight"], "iou")
        #expect(classifier == 1, "it is copied")
        // Other batches and other noise.
        #expect(
          stored["\(a)/convolutions.3.weight.logit"] != stored["\(b)/convolutions.3.weight.logit"])
      }
      #expect(context.texts(.accuracy, 2) == ["iid", "own"])
    }
  }

  @Test func `pairs are distinct, ordered and drawn from the seed`() {
    var task = MaskStabilityTask()
    task.pairs = 90
    let random = RandomSource(seed: 1).stream("pairs")
    let all = task.subsets(random)
    #expect(Set(all.map(\.name)).count == 90)
    #expect(all.allSatisfy { $0.classes.count == 2 })
    task.pairs = 10
    #expect(task.subsets(random).map(\.name) == all.prefix(10).map(\.name))
    #expect(
      task.subsets(RandomSource(seed: 2).stream("pairs")).map(\.name) != all.prefix(10).map(\.name))
    task.mode = .all
    #expect(task.subsets(random).map(\.name).contains("no-cat"))
    #expect(task.subsets(random).allSatisfy { $0.classes.count == 9 })
    #expect(task.setCount == 10)
  }
}
