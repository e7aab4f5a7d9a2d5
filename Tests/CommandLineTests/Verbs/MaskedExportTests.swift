import ExperimentKit
import Runner
import Store
import Tensors
import TestSupport
import Testing

@testable import CommandLine

/// `modlab export --masked`.
@Suite struct MaskedExportTests {
  private static let weights: [String: StoredTensor] = [
    "rnn.weight_ih_l0": .float32(Tensor([1, 2, 3, 4], shape: [4, 1])),
    "rnn.bias_ih_l0": .float32(Tensor([5, 6, 7, 8], shape: [4])),
    "out.weight": .float32(Tensor([9, 10], shape: [2, 1])),
  ]

  private static let masks: [String: StoredTensor] = [
    "even/rnn.weight_ih_l0": .uint8([1, 0, 0, 1], [4, 1]),
    "even/rnn.bias_ih_l0": .bool([0, 1, 1, 1], [4]),
    "odd/out.weight": .uint8([0, 1], [2, 1]),
    "odd/out.weight.logit": .float32(Tensor([-1, 1], shape: [2, 1])),
  ]

  @Test func weightsAreMultipliedByTheMasksOfAStage() throws {
    try ExportableRun.with(["weights": Self.weights, "masks": Self.masks]) { folder, export in
      #expect(export(["--masked", "even", "--masked", "odd"]).code == .success)
      let even = try TensorFile.read(folder + "/x/masked-even.safetensors")
      #expect(even.tensors["rnn.weight_ih_l0"]?.float32?.scalars == [1, 0, 0, 4])
      #expect(even.tensors["rnn.bias_ih_l0"]?.float32?.scalars == [0, 6, 7, 8])
      #expect(even.tensors["rnn.bias_hh_l0"]?.float32?.scalars == [0, 0, 0, 0])
      #expect(even.tensors["out.weight"]?.float32?.scalars == [9, 10])
      #expect(even.tensors.count == 4)
      #expect(even.metadata["masked"] == "even" && even.metadata["hash"] == "0123456789")
      let odd = try TensorFile.read(folder + "/x/masked-odd.safetensors")
      #expect(odd.tensors["out.weight"]?.float32?.scalars == [0, 10])
      // The copies are those of the run.
      #expect(Folder.exists(folder + "/x/masks.safetensors"))
    }
  }

  @Test func whatHasNoMasksOrNoSuchStageIsRefused() throws {
    try ExportableRun.with(["weights": Self.weights]) { folder, export in
      let (code, error) = export(["--masked", "even"])
      #expect(code == .dataMissing && error.contains("has no masks"))
      #expect(!Folder.exists(folder + "/x"))
    }
    try ExportableRun.with(["weights": Self.weights, "masks": Self.masks]) { folder, export in
      let (code, error) = export(["--masked", "evem"])
      #expect(code == .usage && error.contains("did you mean 'even'?"))
      #expect(!Folder.exists(folder + "/x"))
    }
    let wrong: [String: StoredTensor] = ["even/out.weight": .uint8([1], [1])]
    try ExportableRun.with(["weights": Self.weights, "masks": wrong]) { _, export in
      let (code, error) = export(["--masked", "even"])
      #expect(code == .corrupt && error.contains("the mask 'out.weight' fits no weights"))
    }
  }
}
