import Tensors
import Testing

/// Why two tensors are not close, or nil when they are.
///
/// Elements are close when |a − b| ≤ absolute + relative · |expected|; equal infinities are close,
/// NaN is close to nothing.
public func mismatch<A: TensorScalar, B: TensorScalar>(
  _ actual: Tensor<A>, _ expected: Tensor<B>, relative: Double = 0, absolute: Double = 0
) -> String? {
  guard actual.shape == expected.shape else {
    return "shape \(actual.shape) instead of \(expected.shape)"
  }
  var worst: (index: Int, excess: Double)?
  for (index, pair) in zip(actual.scalars, expected.scalars).enumerated() {
    let (a, e) = (Double(pair.0), Double(pair.1))
    if a == e { continue }
    let allowed = absolute + relative * abs(e)
    let excess = abs(a - e) / max(allowed, .leastNonzeroMagnitude)
    if !(abs(a - e) <= allowed), !(excess <= worst?.excess ?? 0) { worst = (index, excess) }
  }
  return worst.map { worst in
    let (a, e) = (actual[flat: worst.index], expected[flat: worst.index])
    return "element \(worst.index): \(a) instead of \(e), \(worst.excess) times the tolerance"
  }
}

/// The largest |a − e| relative to the largest |e|: one figure for the agreement of two tensors.
///
/// Suits results of single precision, whose rounding errors grow with the numbers that were added
/// up and not with the small differences that may remain.
public func relativeError<A: TensorScalar, B: TensorScalar>(
  _ actual: Tensor<A>, _ expected: Tensor<B>
) -> Double {
  precondition(actual.shape == expected.shape, "shapes \(actual.shape) and \(expected.shape)")
  var (difference, magnitude) = (0.0, 0.0)
  for (a, e) in zip(actual.scalars, expected.scalars) {
    let distance = abs(Double(a) - Double(e))
    if distance.isNaN { return .nan }
    difference = max(difference, distance)
    magnitude = max(magnitude, abs(Double(e)))
  }
  return difference == 0 ? 0 : difference / magnitude
}

/// Expects all elements of two tensors to be close.
public func expectClose<A: TensorScalar, B: TensorScalar>(
  _ actual: Tensor<A>, _ expected: Tensor<B>, relative: Double = 0, absolute: Double = 0,
  _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
  if let problem = mismatch(actual, expected, relative: relative, absolute: absolute) {
    Issue.record(
      "\(comment.map { "\($0.rawValue): " } ?? "")\(problem)", sourceLocation: sourceLocation)
  }
}

/// Expects the elements of a tensor to be close to the given ones, in row-major order.
public func expectClose<Scalar: TensorScalar>(
  _ actual: Tensor<Scalar>, _ expected: [Double], relative: Double = 0, absolute: Double = 0,
  _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record(
      "\(actual.count) elements instead of \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  expectClose(
    actual, Tensor(expected, shape: actual.shape), relative: relative, absolute: absolute, comment,
    sourceLocation: sourceLocation)
}

/// Expects two numbers to be close.
public func expectClose(
  _ actual: Double, _ expected: Double, relative: Double = 0, absolute: Double = 0,
  _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(
    Tensor(scalar: actual), Tensor(scalar: expected), relative: relative, absolute: absolute,
    comment, sourceLocation: sourceLocation)
}

extension Tensor {
  /// The largest absolute value, 0 when there are no elements; NaN when one is.
  public func maximumMagnitude() -> Scalar {
    scalars.reduce(0) { $1.isNaN || $0.isNaN ? .nan : max($0, abs($1)) }
  }

  /// Adds a number to every element.
  public mutating func add(_ number: Scalar) {
    for index in 0..<count { self[flat: index] += number }
  }
}
