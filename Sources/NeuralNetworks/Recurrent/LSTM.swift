import Autograd
import Tensors

/// Stacked layers of long short-term memory; see
/// ``Autograd/Graph/lstm(_:layout:repeats:weights:initial:trace:)``.
///
/// Every layer has one bias vector, not PyTorch's sum of two.
///
/// Shapes: x N×I packed by step → hidden N×H of the last layer, and the final state of every layer.
/// Parameters, for every layer l: `weight_ih_l<l>` 4H×I (4H×H for l > 0), `weight_hh_l<l>` 4H×H,
/// `bias_ih_l<l>` 4H; rows in the order of the gates i, f, g, o.
/// Initial values, with those of the block g in brackets: W from N(0, 1/(I+H)) [times 5/3], U from
/// N(0, 1/(2H)) [orthogonal, times 5/(3√2)], b 0 and 1 for the block f.
/// PyTorch equivalent: `nn.LSTM(I, H, layers, dropout=p)` with `bias_hh` = 0.
public struct LSTM<Scalar: TensorScalar>: ParameterContainer {
  /// The parameters of a layer.
  public struct Layer {
    /// W, 4H×I.
    public let inputWeight: Parameter<Scalar>
    /// U, 4H×H.
    public let recurrentWeight: Parameter<Scalar>
    /// b, 4H.
    public let bias: Parameter<Scalar>
  }

  /// H.
  public let units: Int
  /// The sites of the hidden states, one for every layer.
  let stateSites: [String]
  /// First to last.
  public let layers: [Layer]
  /// What the inputs of the layers from the second on go through.
  public let dropouts: [Dropout<Scalar>]

  /// New layers.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the module.
  ///   - inputs: I, at least 1.
  ///   - units: H, at least 1.
  ///   - layers: their number, at least 1.
  ///   - dropout: p, for the inputs of all layers but the first.
  ///   - random: the run's randomness; each parameter is drawn from the stream `init/<its name>`,
  ///     the orthogonal blocks from `init/<name>/orthogonal`.
  public init(
    name: String, inputs: Int, units: Int, layers: Int, dropout: Double = 0, random: RandomSource
  ) {
    self.init(
      LSTMDescription(units: units, layers: layers, dropout: dropout), name: name, inputs: inputs,
      random: random)
  }

  /// New layers.
  ///
  /// - Parameters:
  ///   - description: their sizes.
  ///   - name: the dotted name of the module.
  ///   - inputs: I, at least 1.
  ///   - random: the run's randomness.
  public init(
    _ description: LSTMDescription, name: String, inputs: Int, random: RandomSource
  ) {
    let (units, layers) = (description.units, description.layers)
    require(
      inputs > 0 && units > 0 && layers > 0,
      "an LSTM of \(layers) layers of \(units) units for \(inputs) inputs")
    self.units = units
    stateSites = description.stateSites(name: name)
    self.layers = description.outlines(name: name, inputs: inputs).map { outline in
      Layer(outline, units: units, random: random)
    }
    dropouts = (1..<max(1, layers)).map { layer in
      Dropout(name: join(name, "\(layer)"), rate: description.dropout)
    }
  }

  /// Input weight, recurrent weight and bias of every layer, first to last.
  public var parameters: [Parameter<Scalar>] {
    layers.flatMap { [$0.inputWeight, $0.recurrentWeight, $0.bias] }
  }

  /// What stands for the parameters of every layer.
  public func weights(in pass: ForwardPass<Scalar>) -> [LSTMWeights<Scalar>] {
    layers.map { layer in
      LSTMWeights(
        input: pass.linearMap(of: layer.inputWeight),
        recurrent: pass.linearMap(of: layer.recurrentWeight), bias: pass.value(of: layer.bias))
    }
  }

  /// The outputs of the last layer and the final states of all.
  ///
  /// - Parameters:
  ///   - x: one row per step; with `repeats` one row per `repeats` steps.
  ///   - layout: where the steps lie.
  ///   - repeats: how many steps in a row see the same input.
  ///   - initial: the state of every layer before the first step; zeros when nil.
  ///   - traces: the forward pass of every layer, when the same steps have been taken already.
  ///   - pass: the circumstances.
  public func forward(
    _ x: Value<Scalar>, layout: SequenceLayout, repeats: Int = 1,
    initial: [LSTMState<Scalar>]? = nil, traces: [LSTMTrace<Scalar>]? = nil,
    in pass: ForwardPass<Scalar>
  ) -> (hidden: Value<Scalar>, final: [LSTMState<Scalar>]) {
    require(
      initial?.count ?? layers.count == layers.count, "a state for every layer, or none")
    var y = x
    var final: [LSTMState<Scalar>] = []
    for (number, weights) in weights(in: pass).enumerated() {
      if number > 0 { y = dropouts[number - 1].forward(y, in: pass) }
      let result = layer(
        number, y, layout: layout, repeats: number == 0 ? repeats : 1, weights: weights,
        initial: initial?[number], trace: traces?[number], in: pass)
      y = result.hidden
      final.append(result.final)
    }
    return (y, final)
  }

  private func layer(
    _ number: Int, _ x: Value<Scalar>, layout: SequenceLayout, repeats: Int,
    weights: LSTMWeights<Scalar>, initial: LSTMState<Scalar>?, trace: LSTMTrace<Scalar>?,
    in pass: ForwardPass<Scalar>
  ) -> (hidden: Value<Scalar>, final: LSTMState<Scalar>) {
    let site = stateSites[number]
    if let sites = pass.sites, sites.isInside(site), layout.batch > 0 {
      return StepwiseLSTM(layout: layout, repeats: repeats, weights: weights, graph: pass.graph)
        .forward(x, initial: initial) { sites.visit(site, $0, on: pass.graph) }
    }
    let result = pass.graph.lstm(
      x, layout: layout, repeats: repeats, weights: weights, initial: initial, trace: trace)
    return (pass.site(site, result.hidden), result.final)
  }
}

extension LSTM.Layer {
  /// A new layer.
  init(_ outline: LSTMDescription.LayerOutlines, units: Int, random: RandomSource) {
    let inputs = outline.inputWeight.shape[1]
    func draw(_ outline: ParameterOutline, _ rule: Initialization) -> Tensor<Scalar> {
      rule.draw(weight: outline.shape, from: random.stream("init/\(outline.name)"))
    }
    var input = draw(
      outline.inputWeight, .normal(standardDeviation: (1 / Double(inputs + units)).squareRoot()))
    var recurrent = draw(
      outline.recurrentWeight, .normal(standardDeviation: (1 / Double(2 * units)).squareRoot()))
    let orthogonal: Tensor<Scalar> = Initialization.orthogonal(gain: 5 / 3 / 2.0.squareRoot())
      .draw(
        weight: [units, units],
        from: random.stream("init/\(outline.recurrentWeight.name)/orthogonal"))
    for row in 2 * units..<3 * units {
      for column in 0..<inputs { input[row, column] *= 5 / 3 }
      for column in 0..<units { recurrent[row, column] = orthogonal[row - 2 * units, column] }
    }
    var bias = Tensor<Scalar>(zeros: [4 * units])
    for row in units..<2 * units { bias[row] = 1 }
    inputWeight = outline.inputWeight.makeParameter(input)
    recurrentWeight = outline.recurrentWeight.makeParameter(recurrent)
    self.bias = outline.bias.makeParameter(bias)
  }
}
