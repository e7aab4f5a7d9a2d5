import NetworkFiles
import Store
import Tensors
import TestSupport
import Testing

@Suite struct PartitionFileTests {
  private let partitions: [PartitionFile.Name: [PartitionFile.Layer]] = [
    .init(stage: "trained", partition: "weights-k8"): [
      .init(name: "inputs", labels: [0, 1, -1]), .init(name: "layers.0", labels: [0, 1]),
      .init(name: "layers.10", labels: [1]), .init(name: "layers.2", labels: [0]),
    ],
    .init(stage: "trained", partition: "weights-k12"): [.init(name: "layers.0", labels: [1, 1])],
  ]

  @Test func `what is written is read`() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/p.safetensors"
      let file = PartitionFile(metadata: ["assign": "weighted"], partitions: partitions)
      try file.write(to: path)
      let found = try PartitionFile(path)
      #expect(found.partitions == partitions)
      #expect(found.metadata["assign"] == "weighted")
      #expect(found.metadata["format"] == "modlab-partitions-1")
      #expect(
        found.partitions.keys.sorted().map(\.text) == [
          "trained/weights-k8", "trained/weights-k12",
        ])
      let tensors = try Safetensors.read(path).tensors
      #expect(tensors["trained/weights-k8/inputs"] == .int64([0, 1, -1], [3]))
    }
  }

  @Test func `layers of a file without their order are sorted`() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/p.safetensors"
      try Safetensors.write(
        [
          "pruned/weights-k2/layers.10": .int64([0], [1]),
          "pruned/weights-k2/layers.9": .int64([1], [1]),
          "pruned/weights-k2/inputs": .int64([0], [1]),
        ], to: path)
      let found = try PartitionFile(path).partitions[
        .init(stage: "pruned", partition: "weights-k2")]
      #expect(found?.map(\.name) == ["inputs", "layers.9", "layers.10"])
    }
  }

  @Test(arguments: [
    (["layers.0": StoredTensor.int64([0], [1])], "the tensor 'layers.0' is no partition"),
    (["a/b/c": .float32(Tensor(zeros: [2]))], "the tensor 'a/b/c' is no partition"),
    (["a/b/c": .int64([0, -2], [2])], "the tensor 'a/b/c' holds -2"),
    ([:], "the file holds no partitions"),
  ])
  func `other files are refused`(tensors: [String: StoredTensor], what: String) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/p.safetensors"
      try Safetensors.write(tensors, to: path)
      #expect {
        try PartitionFile(path)
      } throws: {
        guard let failure = $0 as? Failure else { return false }
        return failure.exitCode == .corrupt && failure.what == "\(path): \(what)"
      }
    }
  }
}
