import Autograd
import ExportedPrograms
import NetworkFiles
import NeuralNetworks
import Store
import Tensors
import TestSupport
import Testing

/// Networks that PyTorch has exported compute here what they compute there.
@Suite struct ImportedProgramTests {
  private func network(_ name: String) throws -> ImportedNetwork {
    try ImportedNetwork(program: "\(ImportFixtures.programs)/\(name).pt2")
  }

  @Test(
    "outputs are those of PyTorch up to 1e-5 of the largest", arguments: ImportFixtures.programNames
  )
  func parity(name: String) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/check.safetensors"
      try Safetensors.write(ImportFixtures.outputs(name), to: path)
      let comparison = try network(name).compare(with: path)
      #expect(comparison.holds, "\(comparison.difference) of \(comparison.largest)")
      #expect(comparison.count == 4 && comparison.largest > 0.05)
    }
  }

  @Test("in double precision as well", arguments: ["resnet", "encoder", "lstm-state", "patches"])
  func doublePrecision(name: String) throws {
    let imported = try network(name)
    let goldens = try ImportFixtures.outputs(name)
    let stored = try #require(goldens["inputs"])
    let inputs =
      stored.float32 ?? Tensor((stored.int64 ?? []).map(Float.init), shape: stored.shape)
    let graph = Graph<Double>()
    let pass = ForwardPass(graph: graph, source: FrozenParameters<Double>())
    let found = imported.makeNetwork(Double.self).forward(
      graph.constant(imported.input.arranged(inputs).converted(to: Double.self)), in: pass)
    for (a, b) in zip(found.tensor.scalars, try #require(goldens["outputs"]?.float32).scalars) {
      #expect(abs(a - Double(b)) < 1e-5)
    }
  }

  @Test("there are twenty networks, and the tolerance would notice a wrong one")
  func fixturesAreComplete() throws {
    #expect(ImportFixtures.programNames.count == 20)
    try withTemporaryFolder { folder in
      var tensors = try ImportFixtures.outputs("mlp")
      var outputs = try #require(tensors["outputs"]?.float32)
      outputs[flat: 3] += 1e-4
      tensors["outputs"] = .float32(outputs)
      try Safetensors.write(tensors, to: "\(folder)/wrong.safetensors")
      #expect(try !network("mlp").compare(with: "\(folder)/wrong.safetensors").holds)
      outputs[flat: 3] = .nan
      tensors["outputs"] = .float32(outputs)
      try Safetensors.write(tensors, to: "\(folder)/nan.safetensors")
      #expect(try !network("mlp").compare(with: "\(folder)/nan.safetensors").holds)
    }
  }

  @Test("names are those of the state dictionary, and layers without parameters have theirs")
  func names() throws {
    let outline = try network("resnet").description.outline
    #expect(
      outline.parameters.map(\.name).prefix(4) == [
        "conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight",
      ])
    #expect(
      outline.sites.filter { $0.hasPrefix("layer2.0") } == [
        "layer2.0.conv1", "layer2.0.bn1", "layer2.0.relu", "layer2.0.conv2", "layer2.0.bn2",
        "layer2.0.downsample.0", "layer2.0.downsample.1", "layer2.0.sum", "layer2.0.relu-2",
      ])
    let encoder = try network("encoder").description.outline
    #expect(
      encoder.parameters.map(\.name).prefix(3) == [
        "enc.layers.0.self_attn.in_proj_weight", "enc.layers.0.self_attn.in_proj_bias",
        "enc.layers.0.self_attn.out_proj.weight",
      ])
    #expect(
      try network("lstm-state").description.outline.sites.prefix(3) == ["emb", "rnn.h_l0", "rnn"])
  }

  @Test("what an input is: images, sequences, tokens")
  func inputs() throws {
    #expect(try network("vgg").input == ImportedInput(shape: [3, 8, 8]))
    #expect(try network("vgg").description.input == [8, 8, 3])
    #expect(try network("encoder").input == ImportedInput(shape: [5, 8]))
    #expect(
      try network("lstm-last").input == ImportedInput(shape: [5], kind: .tokens(vocabulary: 11)))
  }

  @Test("a softmax at the end is left out, said, and used when outputs are compared")
  func endings() throws {
    let softmax = try network("mlp-softmax")
    #expect(softmax.ending == .softmax && softmax.description.layers.count == 5)
    #expect(softmax.notes.contains { $0.hasSuffix("losses and tables take the logits") })
    #expect(try network("log-softmax").ending == .logSoftmax)
    #expect(try network("mlp").ending == .logits && network("mlp").notes.isEmpty)
  }

  @Test("the two biases of an LSTM are added, and half precision is converted")
  func conversions() throws {
    let lstm = try network("lstm-last")
    #expect(lstm.tensors["rnn.bias_hh_l0"] == nil)
    #expect(lstm.tensors["rnn.bias_ih_l0"]?.shape == [28])
    #expect(lstm.notes.count == 1)
    #expect(try network("half").tensors["0.weight"]?.shape == [9, 7])
    #expect(try network("vgg").tensors.keys.allSatisfy { !$0.hasSuffix("num_batches_tracked") })
  }

  @Test("arrays that do not fit the network, and tokens beyond the vocabulary, are refused")
  func comparedArrays() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/check.safetensors"
      func expect(_ what: String, _ name: String, _ tensors: [String: StoredTensor]) throws {
        try Safetensors.write(tensors, to: path)
        let failure = #expect(throws: Failure.self) { try network(name).compare(with: path) }
        #expect(failure?.what == "\(path)\(what)" && failure?.exitCode == .dataMissing)
      }
      let outputs = StoredTensor.float32(Tensor(zeros: [1, 4]))
      try expect(" has no tensor 'inputs'", "mlp", ["outputs": outputs])
      try expect(
        ": 'inputs' has shape 1×6", "mlp",
        ["inputs": .float32(Tensor(zeros: [1, 6])), "outputs": outputs])
      try expect(
        ": 'outputs' has shape 1×4", "mlp",
        ["inputs": .float32(Tensor(zeros: [2, 7])), "outputs": outputs])
      try expect(
        " holds the token 11.0", "lstm-last",
        ["inputs": .int64([1, 2, 3, 4, 11], [1, 5]), "outputs": outputs])
    }
  }
}
