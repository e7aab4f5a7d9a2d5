import Autograd
import Tensors

/// Gradient checks of the sampled masks, through their differentiable form with soft samples.
public enum MaskGradientChecks: GradientCheckSource {
  /// The operation's name.
  public static let operation = "SampledMasks"

  /// Weights and logits of several shapes and numbers of samples.
  public static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let cases: [(Shape, Int)] = [([3, 4], 4), ([1], 1), ([2, 3, 2], 8), ([7], 3)]
    return cases.map { shape, samples in
      OperationSample(
        "\(samples) samples of \(shape)", inputs: [.init(shape), .init(shape, in: -3...3)]
      ) { graph, x in
        graph.softMasks(
          weights: x[0], logits: x[1], samples: samples,
          noise: RandomSource(seed: 5).stream("gradient-check").at(step: 1))
      }
    }
  }

  /// All checks; their inputs are the same at every call.
  public static var all: [GradientCheckCase] { GradientCheckCase.all(of: Self.self) }
}
