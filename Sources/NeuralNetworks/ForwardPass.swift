import Autograd
import Tensors

/// Whether a network is being trained or judged.
public enum Phase: String, Sendable, Hashable {
  /// Dropout acts (unless the pass says otherwise), and normalisation uses the statistics of the batch.
  case training
  /// Nothing is random (unless the pass says otherwise), and normalisation uses its running statistics.
  case evaluation
}

/// The circumstances of one call of a network: where it computes, in which phase, from which
/// parameters.
///
/// There is no global state: everything a layer may depend on is here or in its arguments.
public struct ForwardPass<Scalar: TensorScalar> {
  /// Where operations are recorded.
  public let graph: Graph<Scalar>
  /// Training or evaluation.
  public let phase: Phase
  /// Whether dropout acts.
  public let dropsOut: Bool
  /// What is used in place of the parameters.
  public let source: any ParameterSource<Scalar>
  /// Where layers with randomness take their streams from; nil when there are no such layers.
  public let random: RandomSource?
  /// The training step, which selects the numbers of a random stream.
  public let step: Int
  /// What is done at the sites of the network; nil when nothing is.
  public let sites: Sites<Scalar>?
  /// Which states each sample of the output layer serves in recurrent networks.
  public let outputGroups: OutputGroups
  /// What outputs are compared with in place of right answers; nil for the latter.
  public let matching: OutputMatching<Scalar>?
  /// Whether layers of ReLU hand a gradient on to examples that excite none of their units; see
  /// ``Autograd/Graph/redirectedReLU(_:)``.
  public let redirectsReLU: Bool

  /// A pass. Dropout acts in the phase of training, unless `dropsOut` says otherwise.
  public init(
    graph: Graph<Scalar>, phase: Phase = .evaluation, dropsOut: Bool? = nil,
    source: any ParameterSource<Scalar>, random: RandomSource? = nil, step: Int = 0,
    sites: Sites<Scalar>? = nil, outputGroups: OutputGroups = .elements,
    matching: OutputMatching<Scalar>? = nil,
    redirectsReLU: Bool = false
  ) {
    self.graph = graph
    self.phase = phase
    self.dropsOut = dropsOut ?? (phase == .training)
    self.outputGroups = outputGroups
    self.source = source
    self.random = random
    self.step = step
    self.sites = sites
    self.matching = matching
    self.redirectsReLU = redirectsReLU
  }

  /// What the rest of the network sees of a value at a named place: the value itself, unless
  /// ``sites`` says otherwise.
  public func site(
    _ name: @autoclosure () -> String, _ value: Value<Scalar>
  ) -> Value<Scalar> {
    guard let sites else { return value }
    return sites.visit(name(), value, on: graph)
  }

  /// S, the number of slices of a batch, one for every weight sample of the source.
  public var samples: Int { source.samples }

  /// What stands for a parameter: its tensor, or with one more leading axis one tensor per weight
  /// sample.
  public func value(of parameter: Parameter<Scalar>) -> Value<Scalar> {
    source.value(of: parameter, on: graph)
  }

  /// The products with what stands for a weight K×C or a kernel K×C×R×R, for operations that take a linear map.
  public func linearMap(of weight: Parameter<Scalar>) -> LinearMap<Scalar> {
    source.linearMap(of: weight, on: graph)
  }

  /// y = x Wᵀ + b with the parameters of this pass; see
  /// ``Autograd/Graph/linear(_:map:bias:groups:)``.
  public func linear(
    _ x: Value<Scalar>, weight: Parameter<Scalar>, bias: Parameter<Scalar>? = nil,
    groups: RowGroups? = nil
  ) -> Value<Scalar> {
    graph.linear(
      x, map: linearMap(of: weight), bias: bias.map { value(of: $0) }, groups: groups)
  }
}
