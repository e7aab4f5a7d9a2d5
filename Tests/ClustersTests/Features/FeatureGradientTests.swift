import Autograd
import Clusters
import NeuralNetworks
import Tensors
import Testing

/// Images from spectra: every kind of size.
private enum SpectrumChecks: GradientCheckSource {
  static let operation = "FourierImages"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let images: [Shape] = [[4, 6, 1], [3, 5, 3], [5, 4, 2]]
    return images.map { image in
      let map = FourierImages<Scalar>(image)
      return OperationSample("\(image)", inputs: [.init(map.spectrum.prepending(2))]) { graph, x in
        graph.sigmoid(graph.transform(x[0], by: FourierImages<Scalar>(image)))
      }
    }
  }
}

/// Moved images: every kind of motion that is drawn, and such as small images need.
private enum MotionChecks: GradientCheckSource {
  static let operation = "ImageTransform"

  static func motions() -> [(name: String, ImageMotion)] {
    var small = ImageMotion(border: 2, reflects: true, jitter: 4)
    small.offset = (1, 3)
    small.scale = 0.9
    var large = small
    large.scale = 1.1
    var lucid = ImageMotion(border: 3, reflects: false, jitter: 2)
    lucid.fill = 0.5
    lucid.offset = (2, 0)
    lucid.scale = 1.06
    lucid.secondJitter = 2
    lucid.secondOffset = (1, 2)
    var turned = lucid
    turned.degrees = -7
    return [("small", small), ("large", large), ("lucid", lucid), ("turned", turned)]
  }

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    motions().flatMap { name, motion in
      [[6, 6, 1], [5, 6, 3]].map { image in
        OperationSample("\(name) \(image)", inputs: [.init(Shape([2] + image))]) { graph, x in
          graph.transform(x[0], by: ImageTransform<Scalar>(motion, of: Shape(image)))
        }
      }
    }
  }
}

/// Scores of outputs of dense and of convolutional layers.
private enum ScoreChecks: GradientCheckSource {
  static let operation = "UnitScores"

  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    let shapes: [Shape] = [[2, 4], [2, 3, 2, 4]]
    return shapes.flatMap { shape in
      FeatureObjective.allCases.map { objective in
        // Means keep away from 0, where the absolute objective has a kink, and are negative.
        OperationSample(
          "\(objective) \(shape)", inputs: [.init(shape, in: -1...(-0.1))]
        ) { graph, x in
          let members = Tensor<Scalar>([1, 0, 1, 1, 0, 1, 0, 1], shape: [2, 4])
          return graph.unitScores(x[0], members: members, objective: objective)
        }
      }
    }
  }
}

@Suite struct FeatureGradientTests {
  private static let checks =
    GradientCheckCase.all(of: SpectrumChecks.self) + GradientCheckCase.all(of: MotionChecks.self)
    + GradientCheckCase.all(of: ScoreChecks.self)

  @Test(arguments: checks)
  func `every gradient agrees with central differences`(_ check: GradientCheckCase) {
    let report = check.run()
    #expect(report.passed, "\(report)")
  }

  @Test(arguments: checks)
  func `every fault in every contribution is caught`(_ check: GradientCheckCase) {
    let numeric = check.numericGradients()
    let contributions = check.run(fault: nil, numeric: numeric).contributions
    #expect(contributions > 0)
    for kind in PullbackFault.Kind.allCases {
      for contribution in 0..<contributions {
        let outcome = check.run(
          fault: PullbackFault(kind, contribution: contribution), numeric: numeric)
        #expect(outcome.faultMadeADifference && !outcome.report.passed, "\(kind)")
      }
    }
  }

  /// A convolutional network, or one with shortcuts.
  private func network(isResidual: Bool) throws -> UnitNetwork<Double> {
    var stack = ConvolutionStack(input: [8, 6, 3], channels: [4, 5])
    stack.poolAfter = [0]
    stack.normEpsilon = 1e-3
    return UnitNetwork(
      try UnitLayers(
        isResidual
          ? .residual(depth: 8, side: 8, inputs: 3, widths: [4, 5, 6]) : .stacked(stack)),
      random: RandomSource(seed: 5))
  }

  /// The whole way from a spectrum to scores, through motions and a convolutional network; with
  /// shortcuts, to what a convolution around others takes.
  @Test(arguments: FeatureObjective.allCases, [false, true])
  func `the gradient of a step is that of its scores`(
    _ objective: FeatureObjective, isResidual: Bool
  ) throws {
    var settings = FeatureSettings()
    settings.parameterization = .fourier
    settings.objective = objective
    settings.initialDeviation = 0.3
    settings.redirectedSteps = 0
    // So small a step that Adam's direction is the sign of the gradient.
    settings.learningRate = 1e-7
    let network = try network(isResidual: isResidual)
    func make() -> FeatureOptimization<Double> {
      FeatureOptimization(
        network, layer: isResidual ? 4 : 1,
        units: isResidual ? [[0, 1, 2], [3]] : [[0, 1, 2], [3, 4]],
        settings: settings,
        random: RandomSource(seed: 6))
    }
    let moved = make()
    moved.step()
    let start = make().state
    let first = try #require(moved.state["adam.m.pixels"])
    let name = FeatureOptimization<Double>.parametersName
    let probe = make()
    for index in stride(from: 0, to: first.count, by: 7) {
      let sums = try [1e-5, -1e-5].map { offset in
        var state = start
        state[name]?[flat: index] += offset
        try probe.restore(stepCount: 0, state: state)
        probe.step()
        return probe.scores.reduce(0, +)
      }
      // The first moment is a tenth of the gradient of the loss, −Σ scores.
      let numeric = -(sums[0] - sums[1]) / 2e-5
      let analytic = first[flat: index] * 10
      #expect(abs(numeric - analytic) <= 1e-5 * max(1e-2, abs(numeric)))
    }
  }
}
