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
    precondition(
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
    let zeros = Tensor<Scalar>(zeros: [outputs, inputs])
    let weight = Parameter(name: join(name, "weight"), role: .weight, value: zeros)
    let bias =
      hasBias
      ? Parameter<Scalar>(name: join(name, "bias"), role: .bias, value: Tensor(zeros: [outputs]))
      : nil
    self.init(weight: weight, bias: bias)
    initialize(weight: weightInitialization, bias: biasInitialization, random: random)
  }

  /// Draws all parameters anew.
  ///
  /// - Parameters:
  ///   - weight: how the weight is drawn.
  ///   - bias: how the bias is drawn; its fans are those of the weight.
  ///   - random: the run's randomness.
  ///   - step: 0 for a new network, counting up when it is initialised again.
  public func initialize(
    weight weightInitialization: Initialization = .uniformFanIn,
    bias biasInitialization: Initialization = .uniformFanIn, random: RandomSource, step: Int = 0
  ) {
    weight.value = weightInitialization.draw(
      weight: weight.shape, from: random.stream("init/\(weight.name)"), step: step)
    guard let bias else { return }
    let fans = Initialization.fans(ofWeight: weight.shape)
    bias.value = biasInitialization.draw(
      bias.shape, fanIn: fans.in, fanOut: fans.out, from: random.stream("init/\(bias.name)"),
      step: step)
  }

  /// Weight, then bias if there is one.
  public var parameters: [Parameter<Scalar>] { bias.map { [weight, $0] } ?? [weight] }

  /// x Wᵀ + b, computed by the source of the pass.
  public func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    pass.linear(x, weight: weight, bias: bias)
  }
}
