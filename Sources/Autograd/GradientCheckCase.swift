import Tensors

/// A gradient check of one operation on one set of inputs.
///
/// The result y of the operation is weighted with fixed random numbers r, and the analytic gradient
/// of Σ r ⊙ y is compared with central differences, in double precision: (f(x + ε) − f(x − ε)) / 2ε
/// with ε = 1e-6.
///
/// An entry is right when the relative difference is at most 1e-5. A difference of at most 1e-9
/// excuses an entry, but an input passes only if at least one entry is right by the relative
/// measure and not zero: a gradient that is zero everywhere never passes unless the sample
/// announces it.
public struct GradientCheckCase: Sendable {
  static let step = 1e-6
  static let relativeTolerance = 1e-5
  static let absoluteTolerance = 1e-9

  /// The operation's name, equal to the name of its file.
  public let operation: String
  /// Operation and sample, for example `Linear: 4×3, 2×3`.
  public let name: String

  private let inputs: [Tensor<Float>]
  private let inputsWithoutEffect: Set<Int>
  private let double: OperationSample<Double>.Function
  private let float: OperationSample<Float>.Function

  /// The checks of a source, one for every sample.
  public static func all(of source: any GradientCheckSource.Type) -> [GradientCheckCase] {
    let doubles: [OperationSample<Double>] = source.samples()
    let floats: [OperationSample<Float>] = source.samples()
    return zip(doubles, floats).map { GradientCheckCase(source.operation, $0, $1) }
  }

  private init(
    _ operation: String, _ sample: OperationSample<Double>, _ single: OperationSample<Float>
  ) {
    let name = "\(operation): \(sample.name)"
    let random = RandomSource(seed: 1)
    self.operation = operation
    self.name = name
    inputs = sample.inputs.enumerated().map { position, input in
      input.draw(random.stream("gradient-check/\(name)/\(position)"))
    }
    inputsWithoutEffect = sample.inputsWithoutEffect
    double = sample.function
    float = single.function
  }

  /// Runs the check. Deterministic.
  public func run() -> GradientCheckReport { run(fault: nil).report }

  // MARK: Parts of the check

  /// The central differences of every entry of every input.
  package func numericGradients() -> [[Double]] {
    let start = inputs.map { $0.converted(to: Double.self) }
    let graph = Graph<Double>()
    let seed: Tensor<Double> = seed(for: double(graph, start.map(graph.constant)).shape)
    return start.indices.map { position in
      (0..<start[position].count).map { entry in
        numericDerivative(start, position, entry, seed)
      }
    }
  }

  /// Runs the check with a deliberate error in the backward pass.
  ///
  /// - Parameters:
  ///   - fault: the error, if any.
  ///   - numeric: the central differences, when they are known already.
  package func run(
    fault: PullbackFault?, numeric: [[Double]]? = nil
  ) -> (report: GradientCheckReport, contributions: Int, faultMadeADifference: Bool) {
    let start = inputs.map { $0.converted(to: Double.self) }
    let graph = Graph<Double>()
    graph.fault = fault
    let analytic = differentiate(double, at: start, on: graph).gradients
    var comparison = GradientComparison()
    for (position, numeric) in (numeric ?? numericGradients()).enumerated() {
      comparison.compare(
        input: position, analytic: analytic[position].scalars, numeric: numeric,
        isZeroExpected: inputsWithoutEffect.contains(position))
    }
    return (
      comparison.report(name: name), graph.contributionCount, graph.faultMadeADifference
    )
  }

  /// Result and gradients in single precision.
  package func runInSinglePrecision() -> (result: Tensor<Float>, gradients: [Tensor<Float>]) {
    differentiate(float, at: inputs, on: Graph())
  }

  /// Result and gradients in double precision, from the same inputs.
  ///
  /// - Parameter variable: the only input that needs a gradient, or nil for all; the others get
  ///   zeros.
  package func runInDoublePrecision(
    variable: Int? = nil
  ) -> (result: Tensor<Double>, gradients: [Tensor<Double>]) {
    let start = inputs.map { $0.converted(to: Double.self) }
    return differentiate(double, at: start, on: Graph(), variable: variable)
  }

  /// Number of inputs.
  package var inputCount: Int { inputs.count }

  private func differentiate<Scalar>(
    _ function: OperationSample<Scalar>.Function, at start: [Tensor<Scalar>],
    on graph: Graph<Scalar>, variable: Int? = nil
  ) -> (result: Tensor<Scalar>, gradients: [Tensor<Scalar>]) {
    let values = start.enumerated().map { position, tensor in
      variable ?? position == position ? graph.variable(tensor) : graph.constant(tensor)
    }
    let y = function(graph, values)
    graph.backward(from: y, seed: seed(for: y.shape))
    return (y.tensor, values.map { graph.gradient(of: $0) ?? Tensor(zeros: $0.shape) })
  }

  /// The weights r: of magnitude ½ to 1½ and either sign, so that no part of the result goes
  /// unnoticed.
  private func seed<Scalar: TensorScalar>(for shape: Shape) -> Tensor<Scalar> {
    let stream = RandomSource(seed: 1).stream("gradient-check/\(name)/seed")
    return OperationSample<Scalar>.Input(shape, in: -1...1, minimumMagnitude: 0.5).draw(stream)
      .converted(to: Scalar.self)
  }

  private func numericDerivative(
    _ start: [Tensor<Double>], _ position: Int, _ entry: Int, _ seed: Tensor<Double>
  ) -> Double {
    func result(_ offset: Double) -> (y: Tensor<Double>, x: Double) {
      var moved = start
      moved[position][flat: entry] += offset
      let x = moved[position][flat: entry]
      let graph = Graph<Double>()
      return (double(graph, moved.map(graph.constant)).tensor, x)
    }
    let above = result(Self.step)
    let below = result(-Self.step)
    // Differences before the sum keep digits; the distance actually taken, since x ± ε is rounded.
    return ((above.y - below.y) * seed).sum() / (above.x - below.x)
  }
}

/// Compares gradient entries by the rules of ``GradientCheckCase``.
struct GradientComparison {
  private var entries = 0
  private var maximumRelativeError = 0.0
  private var problems: [String] = []

  mutating func compare(
    input: Int, analytic: [Double], numeric: [Double], isZeroExpected: Bool
  ) {
    var isCertified = analytic.isEmpty
    for (entry, (a, n)) in zip(analytic, numeric).enumerated() {
      entries += 1
      let difference = abs(a - n)
      let magnitude = max(abs(a), abs(n))
      let relativeError = magnitude == 0 ? 0 : difference / magnitude
      if relativeError <= GradientCheckCase.relativeTolerance {
        maximumRelativeError = max(maximumRelativeError, relativeError)
        if magnitude > GradientCheckCase.absoluteTolerance { isCertified = true }
      } else if !(difference <= GradientCheckCase.absoluteTolerance) {
        maximumRelativeError = max(maximumRelativeError, relativeError)
        problems.append("input \(input) entry \(entry): analytic \(a), numeric \(n)")
      }
    }
    if isZeroExpected == isCertified && !analytic.isEmpty {
      problems.append(
        isCertified
          ? "input \(input): announced as without effect, but its gradient is not zero"
          : "input \(input): no entry of its gradient is certified")
    }
  }

  func report(name: String) -> GradientCheckReport {
    GradientCheckReport(
      name: name, entries: entries, maximumRelativeError: maximumRelativeError, problems: problems)
  }
}
