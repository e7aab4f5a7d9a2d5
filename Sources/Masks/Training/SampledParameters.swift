import Autograd
import NeuralNetworks
import Tensors

/// The parameters of one call of a network while its masks are trained: masked ones as fresh
/// samples, the others as they are without masks.
///
/// Every parameter is drawn once per call, however often the network uses it: a recurrent layer
/// sees the same masks at all time steps. Matrices that are only multiplied are never written to
/// memory as masked copies where the kernels draw their masks; see ``MaskedProducts``.
final class SampledParameters<Scalar: TensorScalar>: ParameterSource {
  private let logits: StageLogits<Scalar>
  private let weights: any ParameterSource<Scalar>
  private let step: Int
  private let call: Int
  private var values: [String: Value<Scalar>] = [:]
  private var maps: [String: LinearMap<Scalar>] = [:]
  /// The gates drawn so far, by group.
  private var gates: [String: Value<Scalar>] = [:]
  private let products = MaskedProducts.active

  /// - Parameter weights: what stands for the parameters before they are masked.
  init(
    _ logits: StageLogits<Scalar>, of weights: any ParameterSource<Scalar>, step: Int, call: Int
  ) {
    self.logits = logits
    self.weights = weights
    self.step = step
    self.call = call
  }

  var samples: Int { logits.samples }

  func value(of parameter: Parameter<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar> {
    if let value = values[parameter.name] { return value }
    let value: Value<Scalar>
    if let logits = logits.drawnByKernels(parameter.name) {
      let (weights, values) = whole(parameter, logits, on: graph)
      value = graph.sampledMasks(
        weights: weights, logits: values, samples: samples,
        noise: logits.noise(step: step, call: call))
    } else {
      let plain = weights.value(of: parameter, on: graph)
      value = (logits[parameter.name] ?? []).reduce(plain) { weights, gates in
        graph.gated(
          weights, by: draw(gates.logits, on: graph), gates.spread, shape: parameter.shape)
      }
    }
    values[parameter.name] = value
    return value
  }

  /// The gates of a group, which may act on several parameters.
  private func draw(_ group: MaskLogits<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar> {
    if let drawn = gates[group.group.name] { return drawn }
    let estimator = logits.estimator.at(step: step).fitted(to: group.numbers)
    let drawn = graph.sampledGates(
      group.value(on: graph), by: estimator, samples: samples,
      noise: group.noise(step: step, call: call))
    gates[group.group.name] = drawn
    return drawn
  }

  func linearMap(
    of weight: Parameter<Scalar>, on graph: Graph<Scalar>
  ) -> LinearMap<Scalar> {
    if let map = maps[weight.name] { return map }
    let map: LinearMap<Scalar>
    if products == .fused, samples <= WeightMatrix<Scalar>.maximumMaskSamples,
      let logits = logits.drawnByKernels(weight.name)
    {
      let noise = logits.noise(step: step, call: call)
      if let block = logits.live?.part {
        let (elements, values) = elements(of: block, weight, logits, on: graph)
        map = LinearMap(elements, in: block, logits: values, samples: samples, noise: noise)
      } else {
        map = LinearMap(
          weights.value(of: weight, on: graph), logits: logits.value(on: graph), samples: samples,
          noise: noise)
      }
    } else {
      map = LinearMap(
        value(of: weight, on: graph), usesLinearAlgebra: products == .materialized)
    }
    maps[weight.name] = map
    return map
  }

  // MARK: Live blocks

  /// The block of a weight, and its logits.
  private func elements(
    of block: LiveBlock, _ weight: Parameter<Scalar>, _ logits: MaskLogits<Scalar>,
    on graph: Graph<Scalar>
  ) -> (weights: Value<Scalar>, logits: Value<Scalar>) {
    if let live = logits.live, live.logits != nil {
      return (weights.value(of: live.weight(of: weight), on: graph), logits.value(on: graph))
    }
    return (
      graph.elements(weights.value(of: weight, on: graph), of: block),
      graph.elements(logits.value(on: graph), of: block)
    )
  }

  /// All of a weight, and all logits. When those of a block are trained apart, only these get a gradient;
  /// the others are behind, but low enough for no mask to keep anything.
  private func whole(
    _ weight: Parameter<Scalar>, _ logits: MaskLogits<Scalar>, on graph: Graph<Scalar>
  ) -> (weights: Value<Scalar>, logits: Value<Scalar>) {
    guard let live = logits.live, live.logits != nil else {
      return (weights.value(of: weight, on: graph), logits.value(on: graph))
    }
    let part = live.weight(of: weight)
    return (
      graph.put(weights.value(of: part, on: graph), in: live.block, of: weight.value),
      graph.put(logits.value(on: graph), in: live.block, of: logits.value)
    )
  }
}
