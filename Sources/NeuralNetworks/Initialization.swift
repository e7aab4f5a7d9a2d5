import Tensors

/// How the initial values of a parameter are drawn.
public enum Initialization: Sendable, Hashable {
  /// U(−1/√fanIn, 1/√fanIn): what PyTorch's linear and convolution layers do for weights and
  /// biases.
  case uniformFanIn
  /// U(−a, a) with a = gain √(6 / (fanIn + fanOut)).
  case xavierUniform(gain: Double)
  /// N(0, s²) with s = gain √(2 / (fanIn + fanOut)).
  case xavierNormal(gain: Double)
  /// N(0, s²).
  case normal(standardDeviation: Double)
  /// A uniformly distributed orthogonal matrix times the gain; square matrices only.
  case orthogonal(gain: Double)
  /// The same number everywhere.
  case constant(Double)

  /// Inputs and outputs of one unit of a weight K×C or kernel K×C×R×S: C·R·S and K·R·S.
  public static func fans(ofWeight shape: Shape) -> (in: Int, out: Int) {
    require(shape.rank >= 2, "a weight \(shape) has no inputs and outputs")
    let field = (2..<max(2, shape.rank)).reduce(1) { $0 * shape[$1] }
    return (shape[1] * field, shape[0] * field)
  }

  /// Draws the values of a weight, whose fans follow from its shape.
  public func draw<Scalar: TensorScalar>(
    weight shape: Shape, from stream: RandomStream, step: Int = 0
  ) -> Tensor<Scalar> {
    let fans = Self.fans(ofWeight: shape)
    return draw(shape, fanIn: fans.in, fanOut: fans.out, from: stream, step: step)
  }

  /// Draws values of any shape.
  ///
  /// - Parameters:
  ///   - shape: the shape of the parameter.
  ///   - fanIn: inputs of one unit.
  ///   - fanOut: outputs of one unit; only Xavier's rules ask for it.
  ///   - stream: one stream per parameter, by the parameter's name.
  ///   - step: 0 for a new network, counting up when it is initialised again.
  /// - Precondition: the fans that the rule asks for are positive.
  public func draw<Scalar: TensorScalar>(
    _ shape: Shape, fanIn: Int, fanOut: Int, from stream: RandomStream, step: Int = 0
  ) -> Tensor<Scalar> {
    switch self {
    case .uniformFanIn:
      require(fanIn > 0, "a unit without inputs has no fan-in bound")
      return Self.uniform(shape, bound: 1 / Double(fanIn).squareRoot(), stream, step)
    case .xavierUniform(let gain):
      require(fanIn + fanOut > 0, "a unit without inputs and outputs has no Xavier bound")
      return Self.uniform(
        shape, bound: gain * (6 / Double(fanIn + fanOut)).squareRoot(), stream, step)
    case .xavierNormal(let gain):
      require(fanIn + fanOut > 0, "a unit without inputs and outputs has no Xavier deviation")
      return stream.normal(
        shape, standardDeviation: Scalar(gain * (2 / Double(fanIn + fanOut)).squareRoot()),
        step: step)
    case .normal(let deviation):
      return stream.normal(shape, standardDeviation: Scalar(deviation), step: step)
    case .orthogonal(let gain):
      let independent: Tensor<Float> = stream.normal(shape, step: step)
      var factor = independent.orthogonalFactor()
      factor.scale(by: Float(gain))
      return factor.converted(to: Scalar.self)
    case .constant(let value):
      return Tensor(repeating: Scalar(value), shape: shape)
    }
  }

  private static func uniform<Scalar: TensorScalar>(
    _ shape: Shape, bound: Double, _ stream: RandomStream, _ step: Int
  ) -> Tensor<Scalar> {
    stream.uniform(shape, in: -Scalar(bound)...Scalar(bound), step: step)
  }
}
