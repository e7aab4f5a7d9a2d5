import Tensors

/// A network as data: the shape of its inputs and the layers that they go through, one after the
/// other, from which all else follows without building it.
///
/// ```swift
/// let description = try NetworkDescription(
///   input: [28, 28, 1],
///   layers: [
///     .convolution("conv1", outputs: 6, kernel: 5), .activation(.relu), .maxPooling(2),
///     .flatten(), .linear("readout", outputs: 10),
///   ])
/// description.outline.parameterCount
/// let network = SequentialNetwork<Float>(description, random: RandomSource(seed: 0))
/// ```
public struct NetworkDescription: Sendable {
  /// The shape of one input, without the batch.
  public let input: Shape
  /// The layers, first to last.
  public let layers: [LayerDescription]
  /// The network without its numbers.
  public let outline: NetworkOutline
  /// The layers at their places.
  let placed: [PlacedLayer]

  /// A network of layers.
  ///
  /// - Parameters:
  ///   - input: the shape of one input.
  ///   - layers: first to last, at least one.
  ///   - name: the dotted name of the network within a larger one; usually empty.
  /// - Throws: ``DescriptionError`` that names the first layer that does not fit what comes before
  ///   it.
  public init(
    input: Shape, layers: [LayerDescription], name: String = ""
  ) throws(DescriptionError) {
    guard !layers.isEmpty else { throw DescriptionError("a network without layers") }
    self.input = input
    self.layers = layers
    placed = try PlacedLayer.place(layers, prefix: name, input: input)
    var outlines: [LayerOutline] = []
    for layer in placed { outlines += try layer.outline }
    outline = NetworkOutline(
      layers: outlines, input: input, output: placed[placed.count - 1].output)
    var names: Set<String> = []
    for parameter in outline.parameters where !names.insert(parameter.name).inserted {
      throw DescriptionError("two parameters have the name '\(parameter.name)'")
    }
    names = []
    for site in outline.sites where !names.insert(site).inserted {
      throw DescriptionError("two layers have the name '\(site)'")
    }
  }

  /// A network of layers that are known to fit each other.
  init(known layers: [LayerDescription], input: Shape, name: String = "") {
    do throws(DescriptionError) {
      try self.init(input: input, layers: layers, name: name)
    } catch {
      fatalError("\(error)")
    }
  }
}
