import Autograd
import Tensors

/// The mean of sequences of equal lengths over their steps.
///
/// Shapes: B×T×D → B×D.
/// PyTorch equivalent: `x.mean(dim=1)`.
struct MeanOfSteps<Scalar: TensorScalar>: Module {
  var parameters: [Parameter<Scalar>] { [] }

  func forward(_ x: Value<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    pass.graph.mean(x, axis: 1)
  }
}

/// The mean over the steps; see ``LayerDescription/meanOfSteps(name:)``.
public struct MeanOfStepsDescription: LayerKind {
  /// The only way.
  public init() {}

  /// `mean-of-steps`.
  public var title: String { "mean-of-steps" }

  /// T×D → D.
  public func output(of input: Shape) throws(DescriptionError) -> Shape {
    guard input.rank == 2, input[0] > 0 else {
      throw DescriptionError("the mean of the steps of an input \(input)")
    }
    return [input[1]]
  }

  /// The mean.
  public func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar> {
    MeanOfSteps()
  }
}

extension LayerDescription {
  /// The mean of sequences T×D over their steps.
  public static func meanOfSteps(name: String = "") -> LayerDescription {
    LayerDescription(name, MeanOfStepsDescription())
  }
}
