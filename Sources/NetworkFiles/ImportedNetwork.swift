import ExperimentKit
import ExportedPrograms
import NeuralNetworks
import Store
import Tensors

/// A network of others: its layers, the numbers of its tensors, and what its inputs are.
///
/// ```swift
/// let imported = try ImportedNetwork(program: "model.pt2")
/// let network = imported.makeNetwork(Float.self)
/// ```
public struct ImportedNetwork: Sendable {
  /// The file, for messages.
  public let source: String
  /// The layers up to the logits; images have their channels last.
  public let description: NetworkDescription
  /// What PyTorch feeds, in PyTorch's order.
  public let input: ImportedInput
  /// Parameters and buffers by name in the state dictionary, all of the network and no others, in its
  /// shapes and finite. The two biases of an LSTM layer are added under the name of the first.
  public let tensors: [String: Tensor<Float>]
  /// What weight files of modlab say of the network, when it comes from one.
  public let architecture: NetworkArchitecture?
  /// What the network does with its logits, which is left out here.
  public let ending: ProgramNetwork.Ending
  /// What was changed on the way, in sentences without a full stop.
  public let notes: [String]

  /// Reads layers and numbers from a file of `torch.export.save`.
  ///
  /// - Parameters:
  ///   - path: a `.pt2` file.
  ///   - note: told in a sentence without a full stop what was changed.
  /// - Throws: ``Failure``: data missing, or corrupt; see ``ExportedPrograms/ProgramNetwork``.
  public init(program path: String, note: (String) -> Void = { _ in }) throws {
    let program = try ProgramNetwork(path)
    let input = ImportedInput(
      shape: program.inputShape,
      kind: program.vocabulary.map { .tokens(vocabulary: $0) } ?? .numbers)
    try self.init(
      description: program.description, input: input, tensors: program.tensors, source: path,
      ending: program.ending, notes: program.notes.map { "\(path): \($0)" }, note: note)
  }

  /// Reads the numbers of a network whose layers are known.
  ///
  /// - Parameters:
  ///   - description: the layers.
  ///   - input: what the network takes.
  ///   - path: a safetensors file.
  ///   - names: names of the file, each with the name that the network has for the tensor.
  ///   - note: told in a sentence without a full stop what was changed.
  /// - Throws: ``Failure``: data missing, or corrupt for a tensor that is missing, left over, of another
  ///   shape, or not finite.
  public init(
    description: NetworkDescription, input: ImportedInput, weights path: String,
    names: [String: String] = [:], note: (String) -> Void = { _ in }
  ) throws {
    try self.init(
      description: description, input: input, tensors: TensorFile.read(path).tensors,
      source: path, names: names, note: note)
  }

  /// Reads a network of torchvision by the names of its state dictionary.
  ///
  /// - Parameters:
  ///   - architecture: such as `resnet18`; see ``KnownArchitecture/names``.
  ///   - path: a safetensors file.
  ///   - input: 3×224×224 when nil.
  ///   - note: told in a sentence without a full stop what was changed.
  /// - Throws: ``Failure`` (manifest) for an unknown architecture or an input that it does not take,
  ///   else as the others.
  public init(
    architecture: String, weights path: String, input: ImportedInput? = nil,
    note: (String) -> Void = { _ in }
  ) throws {
    let tensors = try TensorFile.read(path).tensors
    let input = input ?? ImportedInput(shape: [3, 224, 224])
    let last = ["fc.weight", "classifier.6.weight"]
    let classes = tensors.first { tensor in last.contains { tensor.key.hasSuffix($0) } }
    let description = try KnownArchitecture.description(
      architecture, input: input.shape,
      classes: classes.flatMap { $0.value.shape.dimensions.first } ?? 1000)
    try self.init(
      description: description, input: input, tensors: tensors, source: path, note: note)
  }

  /// Reads a network that modlab has written with its architecture.
  ///
  /// - Throws: ``Failure``: data missing, or corrupt when the file does not say which network it holds.
  public init(weights path: String, note: (String) -> Void = { _ in }) throws {
    var notes: [String] = []
    let file = try NetworkFile(path) { notes.append($0) }
    notes.forEach(note)
    let shape = file.description.input
    self.init(
      source: path, description: file.description,
      input: ImportedInput(
        shape: shape.rank == 3 ? [shape[2], shape[0], shape[1]] : shape), tensors: file.tensors,
      architecture: file.architecture, notes: notes)
  }

  private init(
    source: String, description: NetworkDescription, input: ImportedInput,
    tensors: [String: Tensor<Float>], architecture: NetworkArchitecture? = nil,
    ending: ProgramNetwork.Ending = .logits, notes: [String] = []
  ) {
    self.source = source
    self.description = description
    self.input = input
    self.tensors = tensors
    self.architecture = architecture
    self.ending = ending
    self.notes = notes
  }

  private init(
    description: NetworkDescription, input: ImportedInput, tensors: [String: StoredTensor],
    source: String, names: [String: String] = [:], ending: ProgramNetwork.Ending = .logits,
    notes: [String] = [], note: (String) -> Void
  ) throws {
    require(
      input.networkShape == description.input,
      "inputs \(input.networkShape) of a network that takes \(description.input)")
    var notes = notes
    func say(_ text: String) { notes.append(text) }
    let weights = try ImportedWeights(description, source: source).read(
      tensors, names: names, note: say)
    notes.forEach(note)
    self.init(
      source: source, description: description, input: input, tensors: weights, ending: ending,
      notes: notes)
  }

  /// A network with these numbers.
  ///
  /// - Parameters:
  ///   - type: of the numbers that it computes with.
  ///   - random: nothing of it stays in the network, except the streams of dropout.
  public func makeNetwork<Scalar: TensorScalar>(
    _ type: Scalar.Type = Scalar.self, random: RandomSource = RandomSource(seed: 0)
  ) -> SequentialNetwork<Scalar> {
    let network = SequentialNetwork<Scalar>(description, random: random)
    func value(_ name: String) -> Tensor<Scalar> {
      guard let tensor = tensors[name] else { fatalError("no tensor '\(name)' was read") }
      return tensor.converted(to: Scalar.self)
    }
    for parameter in network.parameters { parameter.value = value(parameter.name) }
    for buffer in network.buffers { buffer.value = value(buffer.name) }
    return network
  }
}
