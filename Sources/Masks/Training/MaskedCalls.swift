import Autograd
import NeuralNetworks
import Tensors

/// Gives out the passes of one step that computes a loss under masks.
///
/// A model that calls its network twice per step takes two passes.
public struct MaskedCalls<Scalar: TensorScalar> {
  /// Where operations are recorded.
  public let graph: Graph<Scalar>
  private let makePass: (Int) -> ForwardPass<Scalar>

  /// The passes of a training step, each with a mask draw of its own.
  ///
  /// - Parameters:
  ///   - graph: where operations are recorded.
  ///   - logits: what masks are drawn from.
  ///   - weights: what stands for the parameters before they are masked.
  ///   - step: selects the noise.
  ///   - dropout: where dropout draws from; nil when it is off.
  ///   - outputGroups: which states each sample of the output layer serves in recurrent networks.
  ///   - matching: what outputs are compared with; nil for right answers.
  init(
    graph: Graph<Scalar>, logits: StageLogits<Scalar>, weights: any ParameterSource<Scalar>,
    step: Int, dropout: RandomSource? = nil, outputGroups: OutputGroups = .elements,
    matching: OutputMatching<Scalar>? = nil
  ) {
    self.graph = graph
    makePass = { call in
      ForwardPass(
        graph: graph, phase: .evaluation, dropsOut: dropout != nil,
        source: SampledParameters(logits, of: weights, step: step, call: call),
        random: dropout?.source("call-\(call)"), step: step, outputGroups: outputGroups,
        matching: matching)
    }
  }

  /// The passes of a training step without masks, with rows in the same places.
  ///
  /// - Parameter matching: notes the outputs.
  init(
    graph: Graph<Scalar>, samples: Int, step: Int, outputGroups: OutputGroups,
    matching: OutputMatching<Scalar>
  ) {
    self.graph = graph
    makePass = { _ in
      ForwardPass(
        graph: graph, source: UnmaskedParameters(samples: samples), step: step,
        outputGroups: outputGroups, matching: matching)
    }
  }

  /// Passes that all use the same parameters.
  public init(graph: Graph<Scalar>, source: any ParameterSource<Scalar>, step: Int) {
    self.graph = graph
    makePass = { _ in ForwardPass(graph: graph, source: source, step: step) }
  }

  /// The pass of the given call, counted from 0, in the phase of evaluation: normalisation uses its
  /// frozen statistics, and dropout is off unless a trainer was told otherwise.
  public func pass(_ call: Int = 0) -> ForwardPass<Scalar> { makePass(call) }
}

/// Parameters as they are, in passes that cut batches into slices as those with samples of masks do.
private struct UnmaskedParameters<Scalar: TensorScalar>: ParameterSource {
  let samples: Int

  func value(of parameter: Parameter<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar> {
    graph.constant(parameter.value)
  }
}
