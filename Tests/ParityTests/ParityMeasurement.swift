import Tensors
import TestSupport

/// The largest difference between numbers of ours and golden ones, and whether it is within the
/// promise.
struct ParityMeasurement: CustomStringConvertible {
  /// What was compared, for example `gradient of w`.
  let quantity: String
  /// `Float` or `Double`.
  let precision: String
  /// The promise in words.
  let rule: String
  /// Number of elements compared.
  private(set) var count: Int
  /// max |found − expected|.
  private(set) var largestDifference: Double
  /// The largest difference as a share of what is allowed for its element; at most 1 when the
  /// promise is kept.
  private(set) var shareOfTolerance: Double

  /// Compares tensors element by element. Other shapes, no elements, or a number that is not finite
  /// break the promise.
  init<Scalar: TensorScalar>(
    _ quantity: String, _ found: Tensor<Scalar>?, _ expected: Tensor<Double>,
    _ tolerance: ParityTolerance
  ) {
    self.quantity = quantity
    precision = "\(Scalar.self)"
    rule = tolerance.rule
    count = expected.count
    largestDifference = 0
    shareOfTolerance = 0
    guard let found, found.shape == expected.shape, count > 0 else {
      largestDifference = .infinity
      shareOfTolerance = .infinity
      return
    }
    for (ours, golden) in zip(found.scalars, expected.scalars) {
      let difference = abs(Double(ours) - golden)
      guard difference.isFinite else {
        largestDifference = .infinity
        shareOfTolerance = .infinity
        return
      }
      let allowed = tolerance.absolute + tolerance.relative * abs(golden)
      largestDifference = max(largestDifference, difference)
      if difference > 0 { shareOfTolerance = max(shareOfTolerance, difference / allowed) }
    }
  }

  /// Compares single numbers.
  init<Scalar: TensorScalar>(
    _ quantity: String, _ found: Scalar, _ expected: Double, _ tolerance: ParityTolerance
  ) {
    self.init(quantity, Tensor(scalar: found), Tensor(scalar: expected), tolerance)
  }

  /// Whether every element is within the promise.
  var isKept: Bool { shareOfTolerance <= 1 }

  /// The two measurements of the same quantity as one.
  func merged(with other: ParityMeasurement) -> ParityMeasurement {
    var result = self
    result.count += other.count
    result.largestDifference = max(largestDifference, other.largestDifference)
    result.shareOfTolerance = max(shareOfTolerance, other.shareOfTolerance)
    return result
  }

  var description: String {
    "\(quantity) (\(precision)): largest difference \(largestDifference) of \(count) elements,"
      + " \(shareOfTolerance) of the tolerance \(rule)"
  }
}

/// Something that is compared with golden files; one file of tests each.
protocol ParityArea: Sendable {
  /// Heading in the report.
  static var title: String { get }
  /// All comparisons of the area.
  static func measurements() throws -> [ParityMeasurement]
}

/// An area whose golden file has numbered cases, each compared in both precisions.
protocol CaseParityArea: ParityArea {
  /// Name of the golden file.
  static var golden: String { get }
  /// The comparisons of the case whose entries begin with a number.
  static func measurements<Scalar: TensorScalar>(
    _ golden: Golden, _ number: String, _ type: Scalar.Type
  ) throws -> [ParityMeasurement]
}

extension CaseParityArea {
  static func measurements() throws -> [ParityMeasurement] {
    let golden = try Golden(Self.golden, in: .module)
    return try (0..<golden.caseCount).map(String.init).flatMap { number in
      try measurements(golden, number, Float.self) + measurements(golden, number, Double.self)
    }
  }
}
