import Autograd
import NeuralNetworks
import Tensors

/// The parameters of one call of a network while its masks are trained: masked ones as fresh
/// samples, the others as they are.
///
/// Every parameter is drawn once per call, however often the network uses it: a recurrent layer
/// sees the same masks at all time steps. Matrices that are only multiplied are never written to
/// memory as masked copies; see ``MaskedProducts``.
final class SampledParameters<Scalar: TensorScalar>: ParameterSource {
  private let trainer: MaskTrainer<Scalar>
  private let step: Int
  private let call: Int
  private var values: [String: Value<Scalar>] = [:]
  private var maps: [String: any LinearMap<Scalar>] = [:]
  private let products = MaskedProducts.active

  init(_ trainer: MaskTrainer<Scalar>, step: Int, call: Int) {
    self.trainer = trainer
    self.step = step
    self.call = call
  }

  var samples: Int { trainer.settings.samples }

  func value(of parameter: Parameter<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar> {
    if let value = values[parameter.name] { return value }
    let frozen = frozenValue(of: parameter, on: graph)
    let value =
      trainer.logits(of: parameter.name).map { logits in
        graph.sampledMasks(
          weights: frozen, logits: graph.variable(logits.value, accumulatingInto: logits.gradient),
          samples: trainer.settings.samples, noise: logits.noise(step: step, call: call))
      } ?? frozen
    values[parameter.name] = value
    return value
  }

  func linearMap(
    of weight: Parameter<Scalar>, on graph: Graph<Scalar>
  ) -> any LinearMap<Scalar> {
    if let map = maps[weight.name] { return map }
    let samples = trainer.settings.samples
    let map: any LinearMap<Scalar>
    if products == .fused, samples <= MaskedMatrix<Scalar>.maximumSamples,
      let logits = trainer.logits(of: weight.name)
    {
      map = MaskedLinearMap(
        weight: frozenValue(of: weight, on: graph),
        logits: graph.variable(logits.value, accumulatingInto: logits.gradient), samples: samples,
        noise: logits.noise(step: step, call: call))
    } else {
      map = MatrixMap(value(of: weight, on: graph))
    }
    maps[weight.name] = map
    return map
  }

  /// The frozen parameter, with a gradient only where clipping counts it.
  private func frozenValue(
    of parameter: Parameter<Scalar>, on graph: Graph<Scalar>
  ) -> Value<Scalar> {
    trainer.frozenGradients?[parameter.name].map {
      graph.variable(parameter.value, accumulatingInto: $0)
    } ?? graph.constant(parameter.value)
  }
}

/// Gives out the passes of one training step, each with a mask draw of its own.
///
/// A model that calls its network twice per step takes two passes.
public struct MaskedCalls<Scalar: TensorScalar> {
  /// Where operations are recorded.
  public let graph: Graph<Scalar>
  let trainer: MaskTrainer<Scalar>
  let step: Int

  /// The pass of the given call, counted from 0, in the phase of evaluation: dropout is off and
  /// normalisation uses its frozen statistics.
  public func pass(_ call: Int = 0) -> ForwardPass<Scalar> {
    ForwardPass(
      graph: graph, phase: .evaluation,
      source: SampledParameters(trainer, step: step, call: call), step: step)
  }
}
