import Autograd
import Tensors

/// A fully connected layer.
///
/// y = x Wᵀ + b
///
/// Shapes: x B×…×C → B×…×K with weight K×C and bias K.
/// Parameters: `weight`, then `bias` if there is one.
/// PyTorch equivalent: `nn.Linear(inputs, outputs, bias=hasBias)`.
public struct Linear<Scalar: TensorScalar>: Module {
  /// W, K×C.
  public let weight: Parameter<Scalar>
  /// b, K.
  public let bias: Parameter<Scalar>?

  /// A layer of existing parameters.
  ///
  /// - Precondition: weight K×C and bias K.
  public init(weight: Parameter<Scalar>, bias: Parameter<Scalar>?) {
    require(
      weight.shape.rank == 2 && bias?.shape ?? [weight.shape[0]] == [weight.shape[0]],
      "linear layer of weight \(weight.shape) and bias \(bias?.shape.description ?? "none")")
    self.weight = weight
    self.bias = bias
  }

  /// A new layer.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the layer; empty for a layer that is the whole network.
  ///   - inputs: C, at least 1.
  ///   - outputs: K.
  ///   - hasBias: whether a vector is added.
  ///   - weightInitialization: how the weight is drawn, from the stream `init/<name of the
  ///     weight>`.
  ///   - biasInitialization: how the bias is drawn, from the stream `init/<name of the bias>`.
  ///   - random: the run's randomness.
  public init(
    name: String, inputs: Int, outputs: Int, hasBias: Bool = true,
    weightInitialization: Initialization = .uniformFanIn,
    biasInitialization: Initialization = .uniformFanIn, random: RandomSource
  ) {
    self.init(
      LinearDescription(
        outputs: outputs, hasBias: hasBias, weightInitialization: weightInitialization,
        biasInitialization: biasInitialization), name: name, inputs: inputs, random: random)
  }

  /// A new layer.
  ///
  /// - Parameters:
  ///   - description: outputs and initial values.
  ///   - name: the dotted name of the layer; empty for a layer that is the whole network.
  ///   - inputs: C, at least 1.
  ///   - random: the run's randomness.
  public init(
    _ description: LinearDescription, name: String, inputs: Int, random: RandomSource
  ) {
    let weight = description.weight(name: name, inputs: inputs)
    let fans = (in: inputs, out: description.outputs / description.parts)
    self.init(
      weight: weight.makeParameter(description.weightInitialization, fans: fans, random: random),
      bias: description.bias(name: name)?.makeParameter(
        description.biasInitialization, fans: fans, random: random))
  }

  /// The dotted name of the layer, which the name of its weight begins with.
  var name: String { String(weight.name.dropLast(".weight".count)) }

  /// Weight, then bias if there is one.
  public var parameters: [Parameter<Scalar>] { bias.map { [weight, $0] } ?? [weight] }

  /// x Wᵀ + b, computed by the source of the pass.
  public func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    pass.linear(x, weight: weight, bias: bias)
  }
}

/// A fully connected layer; see ``Linear``.
public struct LinearDescription: LayerKind {
  /// K.
  public let outputs: Int
  /// Whether a vector is added.
  public let hasBias: Bool
  /// How the weight is drawn.
  public let weightInitialization: Initialization
  /// How the bias is drawn, with the fans of the weight.
  public let biasInitialization: Initialization
  /// What the names of weight and bias begin with: `in_proj_` for `….in_proj_weight`.
  public var prefix = ""
  /// How many matrices of equal size lie one above the other in the weight. Each is drawn as a weight of
  /// its own: the fans are those of one of them.
  var parts = 1
  /// Where the heads of attention lie in the weight, of which the layer is a projection.
  public var heads: HeadLayout?

  /// A layer of K outputs.
  public init(
    outputs: Int, hasBias: Bool = true, weightInitialization: Initialization = .uniformFanIn,
    biasInitialization: Initialization = .uniformFanIn
  ) {
    self.outputs = outputs
    self.hasBias = hasBias
    self.weightInitialization = weightInitialization
    self.biasInitialization = biasInitialization
  }

  /// `linear`.
  public var title: String { "linear" }

  /// W, K×C.
  func weight(name: String, inputs: Int) -> ParameterOutline {
    ParameterOutline(
      name: join(name, prefix + "weight"), role: .weight, shape: [outputs, inputs], heads: heads)
  }

  /// b, K. Where heads are columns, the bias belongs to all of them.
  func bias(name: String) -> ParameterOutline? {
    hasBias
      ? ParameterOutline(
        name: join(name, prefix + "bias"), role: .bias, shape: [outputs],
        heads: heads?.axis == 0 ? heads : nil) : nil
  }

  /// …×C → …×K.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard input.rank >= 1, outputs > 0 else {
      throw DescriptionError("\(outputs) outputs of an input \(input)")
    }
    return input.replacing(axis: input.rank - 1, with: outputs)
  }

  /// Weight and bias, used once for every vector of the input.
  public func parameters(name: String, input: Shape) -> [ParameterUse] {
    parameters(
      name: name, inputs: input[input.rank - 1],
      uses: Double(input.dimensions.dropLast().reduce(1, *)))
  }

  /// Weight and bias, used a number of times for every example.
  func parameters(name: String, inputs: Int, uses: Double) -> [ParameterUse] {
    [weight(name: name, inputs: inputs), bias(name: name)].compactMap { outline in
      outline.map { ParameterUse($0, uses: uses) }
    }
  }

  /// A ``Linear``.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    Linear(self, name: name, inputs: input[input.rank - 1], random: random)
  }
}

extension LayerDescription {
  /// A fully connected layer of K outputs; see ``Linear``.
  public static func linear(
    _ name: String, outputs: Int, hasBias: Bool = true,
    weightInitialization: Initialization = .uniformFanIn,
    biasInitialization: Initialization = .uniformFanIn
  ) -> LayerDescription {
    LayerDescription(
      name,
      LinearDescription(
        outputs: outputs, hasBias: hasBias, weightInitialization: weightInitialization,
        biasInitialization: biasInitialization))
  }
}
