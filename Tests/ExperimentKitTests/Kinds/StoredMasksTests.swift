import ExperimentKit
import Store
import Tensors
import Testing

@Suite struct StoredMasksTests {
  private func failure(_ tensors: [String: StoredTensor], stage: String = "add") -> Failure? {
    do {
      _ = try StoredMasks(tensors, path: "m").stage(stage)
      return nil
    } catch {
      return error as? Failure
    }
  }

  @Test func selectsAStage() throws {
    let masks = try StoredMasks(
      [
        "add/w": .uint8([1, 0, 1], [3]), "add/w.logit": .float32(Tensor([1, 2, 3], shape: [3])),
        "mul/w": .bool([0, 0, 1], [3]),
      ], path: "m")
    #expect(masks.names == ["add", "mul"])
    #expect(try masks.stage("add").mapValues(\.bits) == ["w": [1, 0, 1]])
    #expect { try masks.stage("ad") } throws: { error in
      let failure = error as? Failure
      return failure?.help == "did you mean 'add'?" && failure?.why == "its stages are add, mul"
        && failure?.exitCode == .usage
    }
  }

  @Test func namesWithoutAStageAreTheFilesFault() {
    let found = failure(["layers.0.weight": .uint8([1], [1])])
    #expect(found?.exitCode == .corrupt)
    #expect(found?.what == "m: 'layers.0.weight' is no mask")
    #expect(found?.why == "masks are called <stage>/<parameter>")
    #expect(failure(["/w": .uint8([1], [1])])?.exitCode == .corrupt)
    #expect(failure([:])?.what == "m holds no masks")
    #expect(failure(["add/w.logit": .float32(Tensor(scalar: 1))])?.what == "m holds no masks")
  }

  @Test func otherValuesAndTypesAreRefused() {
    #expect(failure(["add/w": .uint8([1, 7], [2])])?.why?.contains("it holds 7") == true)
    let numbers = failure(["add/w": .float32(Tensor([1], shape: [1]))])
    #expect(numbers?.help?.contains(".to(torch.uint8)") == true)
    #expect(failure(["add/w": .int64([1], [1])])?.exitCode == .corrupt)
  }
}
