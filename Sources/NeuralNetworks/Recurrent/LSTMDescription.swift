import Autograd
import Tensors

/// Stacked layers of long short-term memory; see ``LSTM``.
public struct LSTMDescription: LayerKind {
  /// H.
  public let units: Int
  /// Their number.
  public let layers: Int
  /// p, for the inputs of all layers but the first.
  public let dropout: Double

  /// Layers of H units.
  public init(units: Int, layers: Int = 1, dropout: Double = 0) {
    self.units = units
    self.layers = layers
    self.dropout = dropout
  }

  /// `lstm`.
  public var title: String { "lstm" }

  /// The parameters of a layer.
  struct LayerOutlines {
    /// W, 4H×I.
    let inputWeight: ParameterOutline
    /// U, 4H×H.
    let recurrentWeight: ParameterOutline
    /// b, 4H.
    let bias: ParameterOutline
  }

  /// The parameters of every layer.
  func outlines(name: String, inputs: Int) -> [LayerOutlines] {
    (0..<layers).map { layer in
      LayerOutlines(
        inputWeight: ParameterOutline(
          name: join(name, "weight_ih_l\(layer)"), role: .weight,
          shape: [4 * units, layer == 0 ? inputs : units]),
        recurrentWeight: ParameterOutline(
          name: join(name, "weight_hh_l\(layer)"), role: .weight, shape: [4 * units, units]),
        bias: ParameterOutline(
          name: join(name, "bias_ih_l\(layer)"), role: .bias, shape: [4 * units]))
    }
  }

  /// The sites of the hidden states: `h_l0`, …, under the name of the module.
  func stateSites(name: String) -> [String] {
    (0..<layers).map { join(name, "h_l\($0)") }
  }

  /// T×I → T×H.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard input.rank == 2, input[1] > 0, units > 0, layers > 0 else {
      throw DescriptionError("\(layers) layers of \(units) units for an input \(input)")
    }
    return [input[0], units]
  }

  /// Input weight, recurrent weight and bias of every layer, used once for every step.
  public func parameters(name: String, input: Shape) -> [ParameterUse] {
    outline(name: name, inputs: input[1], steps: Double(input[0])).parameters
  }

  /// The layers and the sites of their states.
  public func outline(
    name: String, site: String, input: Shape
  ) throws(DescriptionError) -> [LayerOutline] {
    let outline = outline(name: name, inputs: input[1], steps: Double(input[0]))
    return [
      LayerOutline(
        name: site, kind: title, input: input, output: try output(of: input),
        parameters: outline.parameters, innerSites: outline.innerSites)
    ]
  }

  /// The layers as a part of a network with a control flow of its own, which has no site for their
  /// output besides the state of the last one.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the module.
  ///   - inputs: I.
  ///   - steps: the number of steps of an example, or its mean.
  ///   - inputUses: how many different inputs an example has; one for every step when nil.
  func outline(
    name: String, inputs: Int, steps: Double, inputUses: Double? = nil
  ) -> LayerOutline {
    let parameters = outlines(name: name, inputs: inputs).enumerated().flatMap { number, layer in
      [
        ParameterUse(layer.inputWeight, uses: number == 0 ? inputUses ?? steps : steps),
        ParameterUse(layer.recurrentWeight, uses: steps), ParameterUse(layer.bias, uses: steps),
      ]
    }
    let sites = stateSites(name: name)
    return LayerOutline(
      name: sites.last ?? name, kind: title, input: [inputs], output: [units],
      parameters: parameters, innerSites: sites.dropLast())
  }

  /// An ``LSTM`` over sequences of equal lengths.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    EvenSequences(
      LSTM<Scalar>(self, name: name, inputs: input[1], random: random), inputRank: 3
    ) { lstm, x, layout, pass in
      // Packed by element before and after, by step within.
      let steps = SequenceLayout(
        lengths: layout.lengths, samples: layout.samples, packing: .byStep)
      let places = (0..<layout.batch).map { element in
        (0..<layout.longest).map { layout.row(of: element, step: $0) }
      }
      let y = lstm.forward(
        pass.graph.gather(x, rows: steps.pack(places)), layout: steps, in: pass
      ).hidden
      let rows = (0..<layout.batch).flatMap { element in
        (0..<layout.longest).map { steps.row(of: element, step: $0) }
      }
      return pass.graph.gather(y, rows: rows)
    }
  }
}

extension LayerDescription {
  /// Layers of long short-term memory over sequences of equal lengths; see ``LSTM``.
  public static func lstm(
    _ name: String, units: Int, layers: Int = 1, dropout: Double = 0
  ) -> LayerDescription {
    LayerDescription(name, LSTMDescription(units: units, layers: layers, dropout: dropout))
  }
}
