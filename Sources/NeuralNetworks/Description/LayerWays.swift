import Tensors

/// Several ways from one value, each a sequence of layers, whose results a layer joins.
struct LayerWays {
  /// The layers of every way, first to last; none for the value itself.
  let ways: [[LayerDescription]]

  /// - Parameter ways: first to last.
  init(_ ways: [[LayerDescription]]) { self.ways = ways }

  /// What the ways turn an input into.
  func outputs(of input: Shape) throws(DescriptionError) -> [Shape] {
    try place(name: "", input: input).map { $0.last?.output ?? input }
  }

  /// The layers of all ways, and the layer that joins them.
  ///
  /// - Parameters:
  ///   - name: of that layer; names within are joined to it.
  ///   - site: of its output.
  ///   - kind: what it is.
  ///   - input: the shape of one example's input.
  func outline(
    name: String, site: String, kind: any LayerKind, input: Shape
  ) throws(DescriptionError) -> [LayerOutline] {
    var result: [LayerOutline] = []
    for layer in try place(name: name, input: input).flatMap({ $0 }) {
      result += try layer.outline
    }
    let whole = LayerOutline(
      name: site, kind: kind.title, input: input, output: try kind.output(of: input),
      parameters: [])
    return result + [whole]
  }

  /// The sequences of layers, for an input that was checked.
  func sequences<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> [LayerSequence<Scalar>] {
    do throws(DescriptionError) {
      return try place(name: name, input: input).map { LayerSequence($0, random: random) }
    } catch {
      fatalError("\(error)")
    }
  }

  private func place(
    name: String, input: Shape
  ) throws(DescriptionError) -> [[PlacedLayer]] {
    try ways.map { layers throws(DescriptionError) in
      try PlacedLayer.place(layers, prefix: name, input: input)
    }
  }
}
