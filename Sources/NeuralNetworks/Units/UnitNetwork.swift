import Autograd
import Tensors

/// A network that is computed unit layer by unit layer.
///
/// ```swift
/// let kept = network.outputs(of: 0, from: UnitState(x), in: pass)
/// let logits = network.logits(from: lesioned, after: 0, in: pass)
/// ```
///
/// Whoever keeps the outputs of a unit layer computes only the rest for every lesion of it; whoever
/// takes a gradient of some unit's output computes only what lies before it. Sites act as in a pass
/// of the whole network.
public struct UnitNetwork<Scalar: TensorScalar>: Module, StatefulModule {
  /// The network as a sequence of unit layers.
  public let units: UnitLayers
  let steps: StepSequence<Scalar>

  /// A new network.
  ///
  /// - Parameters:
  ///   - units: what it consists of.
  ///   - random: each parameter is drawn from the stream `init/<its name>`.
  public init(_ units: UnitLayers, random: RandomSource) {
    self.units = units
    steps = StepSequence(units.steps, sites: units.sites, random: random)
  }

  /// A network with given parameters and buffers.
  ///
  /// - Parameter tensors: by name; further ones are ignored.
  /// - Throws: ``OptimizerStateError`` when a tensor is missing or has another shape.
  public init(
    _ units: UnitLayers, tensors: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) {
    self.init(units, random: RandomSource(seed: 0))
    for parameter in parameters {
      guard let tensor = tensors[parameter.name] else { throw .missing(name: parameter.name) }
      guard tensor.shape == parameter.shape else {
        throw .shape(name: parameter.name, expected: parameter.shape, found: tensor.shape)
      }
      parameter.value = tensor
    }
    try restoreBuffers(from: tensors)
  }

  /// Those of the layers, first to last.
  public var parameters: [Parameter<Scalar>] { steps.parameters }

  /// Those of the layers, first to last.
  public var buffers: [StateBuffer<Scalar>] { steps.buffers }

  /// All parameters and buffers by name.
  public var tensors: [String: Tensor<Scalar>] {
    bufferState.merging(parameters.map { ($0.name, $0.value) }) { $1 }
  }

  /// The logits of inputs.
  public func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let input = units.description.input
    require(
      x.shape.rank > 0 && Array(x.shape.dimensions.dropFirst()) == input.dimensions,
      "a batch \(x.shape) for a network of inputs \(input)")
    return logits(from: UnitState(x), after: nil, in: pass)
  }

  /// The outputs of a unit layer.
  ///
  /// Shapes: B×… → B×K, or B×H×W×K.
  ///
  /// - Parameters:
  ///   - layer: index of the unit layer.
  ///   - x: the outputs of the unit layer before, or the inputs of the network for the first.
  ///   - pass: where and with which parameters to compute.
  public func outputs(
    of layer: Int, from x: UnitState<Scalar>, in pass: ForwardPass<Scalar>
  ) -> UnitState<Scalar> {
    let start = layer == 0 ? 0 : units.layers[layer - 1].end
    return steps.run(x, through: start..<units.layers[layer].end, in: pass)
  }

  /// What the units of a layer get or give.
  ///
  /// Shapes: x B×… → B×K, or B×H×W×K.
  ///
  /// - Parameters:
  ///   - place: before or behind their activation function.
  ///   - layer: index of the unit layer.
  ///   - x: the inputs of the network.
  ///   - pass: where and with which parameters to compute.
  public func values(
    _ place: UnitPlace, of layer: Int, from x: Value<Scalar>, in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    steps.run(
      UnitState(x), through: 0..<step(place, units.layers[layer]), in: pass
    ).value
  }

  /// What the units of all layers get or give, in one pass.
  ///
  /// - Parameters:
  ///   - place: before or behind their activation functions.
  ///   - x: the inputs of the network.
  ///   - pass: where and with which parameters to compute.
  ///   - body: called for every unit layer, in the order in which they are computed.
  public func forEachLayer(
    _ place: UnitPlace, from x: Value<Scalar>, in pass: ForwardPass<Scalar>,
    _ body: (_ layer: Int, _ values: Value<Scalar>) -> Void
  ) {
    var state = UnitState(x)
    var done = 0
    let ends = units.layers.map { step(place, $0) }
    for layer in ends.indices.sorted(by: { (ends[$0], $0) < (ends[$1], $1) }) {
      state = steps.run(state, through: done..<ends[layer], in: pass)
      done = ends[layer]
      body(layer, state.value)
    }
  }

  private func step(_ place: UnitPlace, _ layer: UnitLayers.Layer) -> Int {
    switch place {
    case .beforeActivation: layer.activation
    case .behindActivation: layer.end
    }
  }

  /// The logits.
  ///
  /// - Parameters:
  ///   - x: the outputs of a unit layer, or the inputs of the network.
  ///   - layer: index of that unit layer; nil for the inputs.
  ///   - pass: where and with which parameters to compute.
  public func logits(
    from x: UnitState<Scalar>, after layer: Int?, in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    let start = layer.map { units.layers[$0].end } ?? 0
    return steps.run(x, through: start..<units.steps.count, in: pass).value
  }
}

/// Where the values of units are taken.
public enum UnitPlace: Sendable {
  /// What the activation function takes; the outputs where there is none.
  case beforeActivation
  /// What it gives.
  case behindActivation
}
