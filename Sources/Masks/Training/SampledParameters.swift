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
    let plain = weights.value(of: parameter, on: graph)
    let value: Value<Scalar>
    if let logits = logits.drawnByKernels(parameter.name) {
      value = graph.sampledMasks(
        weights: plain, logits: logits.value(on: graph), samples: samples,
        noise: logits.noise(step: step, call: call))
    } else {
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
      let weight = weights.value(of: weight, on: graph)
      map = LinearMap(
        weight, logits: logits.value(on: graph), samples: samples,
        noise: logits.noise(step: step, call: call), part: logits.live?.part(of: weight.tensor))
    } else {
      map = LinearMap(
        value(of: weight, on: graph), usesLinearAlgebra: products == .materialized)
    }
    maps[weight.name] = map
    return map
  }
}
