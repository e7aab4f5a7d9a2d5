import Autograd
import Tensors

extension UnitLayers {
  /// The weights that take the outputs of a unit layer: of the next unit layer, or behind the last one
  /// of the linear layer that follows.
  public struct NextWeights: Sendable {
    /// Index of the unit layer whose outputs they take.
    public let layer: Int
    /// K×C, or K×C×R×R.
    public let weight: ParameterOutline
    /// How a kernel slides over its inputs; nil for a matrix.
    public let geometry: ConvolutionGeometry?
    /// The step that takes the inputs.
    let place: Int
  }

  /// The weights that take the outputs of a unit layer; nil when only layers without weights follow, or
  /// layers with a shortcut around them.
  ///
  /// What lies between (pooling, normalisation, flattening) treats every unit for itself: inputs of the
  /// weights come from one unit each, of a kernel the channel of its number, of a matrix C/K inputs in
  /// a row.
  public func nextWeights(after layer: Int) -> NextWeights? {
    guard
      let place = steps[layers[layer].end...].firstIndex(where: {
        $0.layer?.weight != nil || $0.parts
      }),
      let next = steps[place].layer, let weight = next.weight
    else { return nil }
    let geometry = (next.kind as? ConvolutionDescription).map {
      ConvolutionGeometry(kernel: $0.kernel, stride: $0.stride, padding: $0.padding)
    }
    return NextWeights(layer: layer, weight: weight, geometry: geometry, place: place)
  }
}

extension UnitNetwork {
  /// What weights take.
  ///
  /// Shapes: outputs of the unit layer before, B×… → B×H×W×C, or B×C.
  public func inputs(
    of weights: UnitLayers.NextWeights, from x: UnitState<Scalar>, in pass: ForwardPass<Scalar>
  ) -> UnitState<Scalar> {
    steps.run(x, through: units.layers[weights.layer].end..<weights.place, in: pass)
  }

  /// What weights make of their inputs, with their bias and before anything else.
  public func products(
    of weights: UnitLayers.NextWeights, from x: UnitState<Scalar>, in pass: ForwardPass<Scalar>
  ) -> UnitState<Scalar> {
    steps.run(x, through: weights.place..<weights.place + 1, in: pass)
  }

  /// The outputs of the unit layer behind some weights, from their products.
  ///
  /// - Precondition: the weights do not lie behind the last unit layer.
  public func outputs(
    fromProducts z: UnitState<Scalar>, of weights: UnitLayers.NextWeights,
    in pass: ForwardPass<Scalar>
  ) -> UnitState<Scalar> {
    steps.run(z, through: weights.place + 1..<units.layers[weights.layer + 1].end, in: pass)
  }

  /// The logits, from the products of some weights.
  public func logits(
    fromProducts z: UnitState<Scalar>, of weights: UnitLayers.NextWeights,
    in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    steps.run(z, through: weights.place + 1..<units.steps.count, in: pass).value
  }
}
