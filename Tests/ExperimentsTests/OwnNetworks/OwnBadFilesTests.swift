import ExperimentKit
import Experiments
import Store
import Tensors
import Testing

/// What is wrong with arrays and weights of others beyond a line of the manifest.
@Suite struct OwnBadFilesTests {
  @Test func `arrays of different lengths, labels from 1 and tokens beyond are named`() throws {
    try OwnStudies.inFolder { studies in
      try Safetensors.write(
        [
          "x": .float32(Tensor(OwnStudies.noise(24, "x"), shape: [4, 6])),
          "few": .int64([0, 1, 2], [3]), "from-one": .int64([1, 2, 3, 1], [4]),
          "one-hot": .int64([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0], [4, 3]),
          "nan": .float32(Tensor([.nan] + OwnStudies.noise(23, "x"), shape: [4, 6])),
        ], to: "\(studies.folder)/d.safetensors")
      func message(_ inputs: String, _ targets: String) -> String {
        studies.failure(
          OwnStudies.vectors("").replacing("vectors.safetensors#x", with: "d.safetensors#\(inputs)")
            .replacing("vectors.safetensors#y", with: "d.safetensors#\(targets)"))
      }
      #expect(
        message("x", "few") == """
          3 targets in 'd.safetensors#few' for 4 inputs
            why: the inputs are those of 'd.safetensors#x'
            help: every example has one row in each array and one line in the table
          """)
      #expect(
        message("x", "from-one") == """
          d.safetensors#from-one: row 2 has the target 3
            why: the network tells 3 classes apart: targets are 0 to 2
            help: the targets count from 1: subtract 1 before you save them
          """)
      #expect(
        message("x", "one-hot") == """
          the targets of 'd.safetensors#one-hot' have shape 4×3
            why: loss: cross-entropy for outputs 3 needs N classes
            help: vectors with a single 1 are not read: save targets.argmax(1)
          """)
      #expect(
        message("nan", "few") == """
          d.safetensors#nan: row 0 has the number NaN
            why: inputs are finite
            help: leave the example out, or replace the number
          """)
    }
  }

  @Test func `weights that are none of the network are named`() throws {
    try OwnStudies.inFolder { studies in
      try studies.writeVectors()
      func tensor(_ shape: Shape, _ value: Float = 0.5) -> StoredTensor {
        .float32(Tensor(repeating: value, shape: shape))
      }
      let good: [String: StoredTensor] = [
        "fc1.weight": tensor([8, 6]), "fc1.bias": tensor([8]), "fc2.weight": tensor([3, 8]),
        "fc2.bias": tensor([3]),
      ]
      func message(_ change: [String: StoredTensor], names: String = "{}") throws -> String {
        let path = "\(studies.folder)/w.safetensors"
        try Safetensors.write(good.merging(change) { $1 }, to: path)
        return studies.failure(
          OwnStudies.vectors("").replacing(
            "outputs: 3}]}", with: "outputs: 3}], weights: \(path), names: \(names)}"))
      }
      #expect(try message([:]) == "nothing")
      #expect(try message(["fc3.weight": tensor([3, 3])]).contains("fc3.weight"))
      #expect(try message(["fc1.weight": tensor([6, 8])]).contains("transpose"))
      #expect(try message(["fc1.weight": tensor([8, 6], .nan)]).contains("not finite"))
      #expect(try message([:], names: "{fc9: fc1}").contains("no tensor 'fc9'"))
      // Half precision and counters are read.
      #expect(
        try message([
          "fc2.bias": .float16([0, 0, 0], [3]), "bn.num_batches_tracked": .int64([3], []),
        ]) == "nothing")
    }
  }
}
