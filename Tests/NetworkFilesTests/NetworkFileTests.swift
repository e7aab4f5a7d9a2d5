import Clusters
import Foundation
import NeuralNetworks
import Store
import Tensors
import TestSupport
import Testing

@testable import NetworkFiles

@Suite struct NetworkFileTests {
  private let random = RandomSource(seed: 4)

  private func content(
    _ units: UnitLayers, metadata: [String: String] = [:]
  ) -> SafetensorsFile {
    SafetensorsFile(
      metadata: metadata,
      tensors: UnitNetwork<Float>(units, random: random).tensors
        .mapValues(StoredTensor.float32))
  }

  private func read(_ file: SafetensorsFile) throws -> NetworkFile {
    try NetworkFile(path: "w.safetensors", file: file)
  }

  private func expectFailure(
    _ what: String, why: String? = nil, help: String? = nil, _ body: () throws -> Void
  ) {
    do {
      try body()
      Issue.record("no failure: \(what)")
    } catch let failure as Failure {
      #expect(failure.exitCode == .corrupt)
      #expect(failure.what == what)
      if let why { #expect(failure.why == why) }
      if let help { #expect(failure.help == help) }
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func `feed-forward networks follow from their tensors`() throws {
    let units = try UnitLayers(.feedForward(sizes: [5, 4, 3, 2]))
    for metadata in [["architecture": #"{"kind": "mlp"}"#], ["format": "modlab-weights-1"]] {
      let file = try read(content(units, metadata: metadata))
      #expect(file.units.vertices().map(\.count) == [5, 4, 3, 2])
      #expect(file.tensors.count == 6)
    }
  }

  @Test func `exported programs say themselves what they are`() throws {
    let path = "\(ImportFixtures.programs)/vgg.pt2"
    let file = try NetworkFile(path)
    #expect(file.units.vertices().map(\.layer) == ["0", "4"])
    #expect(file.units.vertices().map(\.count) == [4, 6])
    #expect(try file.tensors == ImportedNetwork(program: path).tensors)
    #expect(file.architecture == nil)
    let recurrent = "\(ImportFixtures.programs)/lstm-last.pt2"
    expectFailure("the network of \(recurrent) has no units that can be clustered") {
      _ = try NetworkFile(recurrent)
    }
  }

  @Test func `what was changed in a file of modlab is kept with the network`() throws {
    try withTemporaryFolder { folder in
      let units = try UnitLayers(.feedForward(sizes: [5, 4, 2]))
      var tensors = content(units).tensors
      tensors["layers.0.bias"] = .float64(Tensor([0.1, 0.2, 0.3, 0.4], shape: [4]))
      let path = "\(folder)/w.safetensors"
      try Safetensors.write(tensors, metadata: ["architecture": #"{"kind": "mlp"}"#], to: path)
      let network = try ImportedNetwork(weights: path)
      #expect(network.notes.count == 1 && network.architecture == .perceptron)
    }
  }

  @Test func `networks of convolutions are built as described`() throws {
    var stack = ConvolutionStack(input: [8, 8, 2], channels: [3, 4, 5])
    stack.poolAfter = [1, 2]
    stack.dense = [7, 6]
    stack.normEpsilon = 1e-3
    stack.normalizedDense = 1
    let architecture = NetworkArchitecture(stack)
    #expect(
      architecture.text
        == #"{"dense":[7,6],"input":[2,8,8],"kind":"conv","norm_eps":0.001,"pool_after":[1,2]}"#)
    #expect(try NetworkArchitecture(architecture.text, source: "a") == architecture)
    let units = try UnitLayers(.stacked(stack))
    let file = try read(content(units, metadata: ["architecture": architecture.text]))
    #expect(file.units.tensorShapes.map(\.name) == units.tensorShapes.map(\.name))
    #expect(file.units.tensorShapes.map(\.shape) == units.tensorShapes.map(\.shape))
    #expect(Set(file.tensors.keys) == Set(units.tensorShapes.map(\.name)))
    #expect(file.units.layers == units.layers)
  }

  @Test func `files that do not describe their network are refused`() throws {
    let units = try UnitLayers(.feedForward(sizes: [5, 4, 2]))
    expectFailure(
      "w.safetensors does not say which network it holds",
      why: "its metadata have no entry 'architecture'",
      help: "commands on clusters take --architecture FILE with JSON such as {\"kind\":\"mlp\"}, "
        + "manifests network.layers or network.architecture; a file of torch.export.save needs neither"
    ) { _ = try read(content(units)) }
    expectFailure(
      "w.safetensors: an architecture of the kind 'conf'",
      why: "the kinds whose units can be clustered are mlp, conv and torchvision",
      help: "did you mean 'conv'?"
    ) { _ = try read(content(units, metadata: ["architecture": #"{"kind": "conf"}"#])) }
    expectFailure("w.safetensors has no tensor 'convolutions.0.weight'") {
      _ = try read(
        content(units, metadata: ["architecture": #"{"kind": "conv", "input": [1, 8, 8]}"#]))
    }
    expectFailure(
      "w.safetensors: the architecture has an unknown member 'pool-after'",
      help: "did you mean 'pool_after'?"
    ) {
      _ = try read(
        content(
          units,
          metadata: ["architecture": #"{"kind": "conv", "input": [1, 8, 8], "pool-after": []}"#]))
    }
  }

  /// Some of the tensors of a network of torchvision, with zeros.
  private func torchvision(
    _ model: String, as description: String? = nil, side: Int? = nil,
    _ change: (inout [String: StoredTensor]) -> Void = { _ in }
  ) throws -> SafetensorsFile {
    let network = try KnownArchitecture.description(model, input: [3, 224, 224], classes: 3)
    var tensors: [String: StoredTensor] = [:]
    for (name, shape) in network.tensorShapes where shape.count < 1 << 22 {
      tensors[name] = .float32(Tensor(zeros: shape))
    }
    change(&tensors)
    let side = side.map { #","side":\#($0)"# } ?? ""
    let text = #"{"kind":"torchvision","model":"\#(description ?? model)"\#(side)}"#
    return SafetensorsFile(metadata: ["architecture": text], tensors: tensors)
  }

  @Test func `networks of torchvision are known by name`() throws {
    let network = try read(
      torchvision("resnet18") { $0["bn1.num_batches_tracked"] = .int64([3], [1]) })
    #expect(network.units.vertices().count == 20 && network.description.outline.output == [3])
    #expect(network.units.layers.map(\.name).suffix(2) == ["layer4.1.conv2", "fc"])
    for text in [
      #"{"kind":"torchvision","model":"vgg16"}"#,
      #"{"kind":"torchvision","model":"resnet50","side":64}"#,
    ] {
      #expect(try NetworkArchitecture(text, source: "a").text == text)
    }
    #expect(
      try read(torchvision("resnet18", side: 64)).description.input == [64, 64, 3])
  }

  @Test func `files that are not what torchvision has are refused`() throws {
    expectFailure(
      "w.safetensors has no tensor 'layer1.0.conv1.weight'",
      why:
        #"its architecture is {"kind":"torchvision","model":"resnet18"}, where it has shape 64×64×3×3"#
    ) { _ = try read(torchvision("resnet18") { $0["layer1.0.conv1.weight"] = nil }) }
    expectFailure(
      "w.safetensors: the tensor 'layer1.0.conv1.weight' has shape 64×64×1×1",
      help: "the tensors look like those of resnet50"
    ) { _ = try read(torchvision("resnet50", as: "resnet18")) }
    expectFailure(
      "w.safetensors: the tensor 'conv1.weight' has shape 7×7×3×64",
      help: "the kernel is in TensorFlow's order, rows × columns × inputs × outputs: needed is "
        + "outputs × inputs × rows × columns, in NumPy kernel.transpose(3, 2, 0, 1)"
    ) {
      _ = try read(
        torchvision("resnet18") { $0["conv1.weight"] = .float32(Tensor(zeros: [7, 7, 3, 64])) })
    }
    expectFailure(
      "w.safetensors has the tensor 'extra', which the network does not have"
    ) { _ = try read(torchvision("resnet18") { $0["extra"] = .float32(Tensor(zeros: [1])) }) }
    expectFailure("w.safetensors: an unknown model 'resnet5'", help: "did you mean 'resnet50'?") {
      _ = try read(torchvision("resnet18", as: "resnet5"))
    }
    expectFailure(
      "w.safetensors: images of 96×96 for a VGG network",
      why: "its last map of 1/32 of the side is pooled to 7×7"
    ) { _ = try read(torchvision("vgg16", side: 96)) }
  }

  @Test func `a file of PyTorch is known by its content, whatever its name is`() throws {
    try withTemporaryFolder { folder in
      let program = "\(folder)/net.pt"
      try FileManager.default.copyItem(
        atPath: "\(ImportFixtures.programs)/vgg.pt2", toPath: program)
      #expect(try NetworkFile(program).units.vertices().map(\.layer) == ["0", "4"])
      let pickle = "\(folder)/w.pth"
      try AtomicFile.write([0x80, 0x02, 0x2E], to: pickle)
      expectFailure(
        "\(pickle) is a file of torch.save, not of torch.export.save",
        why: "it is a pickle, which may run any program when it is read; modlab never reads one"
      ) { _ = try NetworkFile(pickle) }
      let archive = "\(folder)/w.safetensors"
      try FileManager.default.copyItem(atPath: program, toPath: archive)
      #expect(try NetworkFile.isProgram(archive))
      let numbers = "\(folder)/x.npy"
      try AtomicFile.write([0x93] + Array("NUMPY".utf8) + [1, 0], to: numbers)
      expectFailure("\(numbers): this is no safetensors file") { _ = try NetworkFile(numbers) }
    }
  }

  @Test func `files that do not hold what they describe are refused`() throws {
    let units = try UnitLayers(.feedForward(sizes: [5, 4, 2]))
    let metadata = ["architecture": #"{"kind":"mlp"}"#]
    var file = content(units, metadata: metadata)
    file.tensors["layers.1.weight"] = .float32(Tensor(zeros: [2, 3]))
    expectFailure(
      "w.safetensors: the tensor 'layers.1.weight' has shape 2×3",
      why: #"the network needs 2×4; its architecture is {"kind":"mlp"}"#
    ) { _ = try read(file) }
    file = content(units, metadata: metadata)
    file.tensors["layers.0.bias"] = nil
    expectFailure("w.safetensors has no tensor 'layers.0.bias'") { _ = try read(file) }
    file = content(units, metadata: metadata)
    file.tensors["extra"] = .float32(Tensor(zeros: [2]))
    expectFailure(
      "w.safetensors has the tensor 'extra', which the network does not have"
    ) { _ = try read(file) }
    file = content(units, metadata: metadata)
    var weight = Tensor<Float>(zeros: [4, 5])
    weight[flat: 3] = .nan
    file.tensors["layers.0.weight"] = .float32(weight)
    expectFailure(
      "w.safetensors: the tensor 'layers.0.weight' has 1 of 20 values that are not finite (NaN or "
        + "infinite)"
    ) { _ = try read(file) }
  }

  @Test func `images that are too small to be pooled so often are named`() throws {
    var stack = ConvolutionStack(input: [8, 8, 1], channels: [2, 2])
    stack.poolAfter = [0, 1]
    let units = try UnitLayers(.stacked(stack))
    let text = #"{"kind": "conv", "input": [1, 2, 2], "pool_after": [0, 1]}"#
    do {
      _ = try read(content(units, metadata: ["architecture": text]))
      Issue.record("no failure")
    } catch let failure as Failure {
      #expect(failure.exitCode == .corrupt)
      #expect(failure.what.contains("does not hold the network"))
      #expect(failure.why?.hasPrefix("layer 'convolutions.1.max-pooling'") == true)
    }
  }
}
