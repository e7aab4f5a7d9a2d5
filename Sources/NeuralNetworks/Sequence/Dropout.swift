import Autograd
import Tensors

/// Switches units off at random during training.
///
/// y = x ⊙ m / (1 − p), with every element of m 0 with probability p and else 1.
///
/// The numbers come from the stream `dropout/<name>` at the pass's step, one for every element, so
/// that they depend on nothing but the run's seed. Where ``ForwardPass/dropsOut`` is false nothing happens.
/// PyTorch equivalent: `nn.Dropout(p)`.
public struct Dropout<Scalar: TensorScalar>: Module, Sendable {
  /// Names the stream.
  public let name: String
  /// p, in 0..<1.
  public let rate: Double

  /// A layer of dropout.
  public init(name: String, rate: Double) {
    require(rate >= 0 && rate < 1, "dropout with rate \(rate)")
    self.name = name
    self.rate = rate
  }

  /// m / (1 − p) for the elements of a value, or nil when nothing is switched off.
  ///
  /// - Parameters:
  ///   - shape: the shape of the value.
  ///   - call: 0, counting up when a layer is used more than once in a step.
  ///   - pass: with a source of randomness, if it drops out.
  public func factors(
    _ shape: Shape, call: Int = 0, in pass: ForwardPass<Scalar>
  ) -> Tensor<Scalar>? {
    guard pass.dropsOut && rate > 0 else { return nil }
    guard let random = pass.random else {
      fatalError("dropout '\(name)' in a pass without randomness")
    }
    var result = Tensor<Scalar>(uninitialized: shape)
    let noise = random.stream("dropout/\(name)").at(step: pass.step, part: call)
    result.withUnsafeMutableBufferPointer { result in
      guard let start = result.baseAddress else { return }
      Scalar.uniform(result.count, noise, 0, 1, start)
      Scalar.threshold(
        result.count, below: Scalar(rate), otherwise: Scalar(1 / (1 - rate)), start)
    }
    return result
  }

  /// None.
  public var parameters: [Parameter<Scalar>] { [] }

  /// x ⊙ m / (1 − p) where the pass drops out, else x.
  public func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    forward(x, call: 0, in: pass)
  }

  /// The same for a layer that is used more than once in a step.
  public func forward(
    _ x: Value<Scalar>, call: Int, in pass: ForwardPass<Scalar>
  ) -> Value<Scalar> {
    guard let factors = factors(x.shape, call: call, in: pass) else { return x }
    return pass.graph.multiply(x, pass.graph.constant(factors))
  }
}

/// A layer of dropout, whose name names its stream; see ``Dropout``.
public struct DropoutDescription: LayerKind {
  /// p, in 0..<1.
  public let rate: Double

  /// A layer of a rate.
  public init(rate: Double) { self.rate = rate }

  /// `dropout`.
  public var title: String { "dropout" }

  /// The same.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard rate >= 0 && rate < 1 else { throw DescriptionError("a rate of \(rate)") }
    return input
  }

  /// A ``Dropout``.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    Dropout(name: name, rate: rate)
  }
}

extension LayerDescription {
  /// A layer of dropout; see ``Dropout``.
  public static func dropout(_ name: String, rate: Double) -> LayerDescription {
    LayerDescription(name, DropoutDescription(rate: rate))
  }
}
