import NetworkFiles
import NeuralNetworks
import Store
import Tensors
import TestSupport
import Testing

/// State dictionaries under the names of a network.
@Suite struct ImportedWeightsTests {
  private let description = NetworkDescription.feedForward(sizes: [3, 2])
  private let weight: [Float] = [1, 2, 3, 4, 5, 6]

  private func read(
    _ tensors: [String: StoredTensor], names: [String: String] = [:]
  ) throws -> ImportedNetwork {
    try withTemporaryFolder { folder in
      try Safetensors.write(tensors, to: "\(folder)/w.safetensors")
      return try ImportedNetwork(
        description: description, input: ImportedInput(shape: [3]),
        weights: "\(folder)/w.safetensors", names: names)
    }
  }

  private var tensors: [String: StoredTensor] {
    [
      "layers.0.weight": .float32(Tensor(weight, shape: [2, 3])),
      "layers.0.bias": .float32(Tensor([7, 8], shape: [2])),
    ]
  }

  @Test(
    "wrappers' beginnings are left out and said",
    arguments: ["module.", "_orig_mod.", "module._orig_mod."])
  func wrappers(prefix: String) throws {
    let network = try read(
      Dictionary(uniqueKeysWithValues: tensors.map { (prefix + $0.key, $0.value) }))
    #expect(network.tensors["layers.0.weight"]?.scalars == weight)
    #expect(network.notes.count == prefix.split(separator: ".").count)
  }

  @Test("tensors are renamed, and a wrong name is refused")
  func names() throws {
    var others = tensors
    others["fc.w"] = others.removeValue(forKey: "layers.0.weight")
    #expect(
      try read(others, names: ["fc.w": "layers.0.weight"]).tensors["layers.0.weight"]?.scalars
        == weight)
    let missing = #expect(throws: Failure.self) {
      try read(others, names: ["fc.v": "layers.0.weight"])
    }
    #expect(missing?.help == "did you mean 'fc.w'?")
    let taken = #expect(throws: Failure.self) {
      try read(tensors, names: ["layers.0.bias": "layers.0.weight"])
    }
    #expect(taken?.what.hasSuffix("two tensors would be called 'layers.0.weight'") == true)
  }

  @Test("numbers of half and double precision are converted")
  func precision() throws {
    var others = tensors
    others["layers.0.weight"] = .float64(Tensor(weight.map(Double.init), shape: [2, 3]))
    others["layers.0.bias"] = .bfloat16([0x40E0, 0x4100], [2])
    let network = try read(others)
    #expect(network.tensors["layers.0.weight"]?.scalars == weight)
    #expect(network.tensors["layers.0.bias"]?.scalars == [7, 8])
    #expect(network.notes.isEmpty)
  }

  @Test("the network has the numbers")
  func network() throws {
    let network = try read(tensors).makeNetwork(Double.self)
    #expect(network.parameters[0].value.scalars == [1, 2, 3, 4, 5, 6])
    #expect(network.parameters[1].value.scalars == [7, 8])
  }

  @Test("files of modlab say which network they hold")
  func ownFiles() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/w.safetensors"
      try Safetensors.write(tensors, metadata: ["architecture": #"{"kind":"mlp"}"#], to: path)
      let network = try ImportedNetwork(weights: path)
      #expect(
        network.input == ImportedInput(shape: [3]) && network.description.outline.output == [2])
      #expect(network.tensors.count == 2)
    }
  }

  @Test("images go from channels first to channels last")
  func arrangement() {
    let input = ImportedInput(shape: [2, 1, 3])
    let batch = Tensor<Float>([0, 1, 2, 10, 11, 12], shape: [1, 2, 1, 3])
    #expect(input.networkShape == [1, 3, 2])
    #expect(input.arranged(batch).scalars == [0, 10, 1, 11, 2, 12])
  }
}
