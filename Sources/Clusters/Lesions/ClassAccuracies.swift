/// The accuracies of a network by class.
public struct ClassAccuracies: Sendable, Equatable {
  /// The share of right answers over all images; NaN without images.
  public let overall: Double
  /// The share of right answers for the images of each class; NaN for a class without images.
  public let classes: [Double]

  /// Shares, 0…1 or NaN.
  public init(overall: Double, classes: [Double]) {
    self.overall = overall
    self.classes = classes
  }

  /// The shares of counts.
  ///
  /// - Parameters:
  ///   - right: rightly classified images by class.
  ///   - images: all images by class.
  public init(right: [Int], images: [Int]) {
    overall = Double(right.reduce(0, +)) / Double(images.reduce(0, +))
    classes = zip(right, images).map { Double($0) / Double($1) }
  }

  /// The mean over the classes with images: what a lesion of an important sub-cluster lowers.
  public var macro: Double { Self.mean(classes.filter { !$0.isNaN }) }

  /// How unevenly a lesion hits the classes: the largest minus the smallest change of a class's
  /// accuracy, each divided by the mean change.
  ///
  /// 0 when all classes change alike, the number of classes when only one changes. A mean of 0 makes
  /// it infinite, or NaN when some class does not change either.
  /// Reference: Hod, Filan, Casper, Critch, Russell, 2021, section 3.2.
  public func classRange(against intact: ClassAccuracies) -> Double {
    let changes = zip(classes, intact.classes).map { $0 - $1 }.filter { !$0.isNaN }
    let mean = Self.mean(changes)
    let relative = changes.map { $0 / mean }
    guard let largest = relative.max(), let smallest = relative.min(),
      !relative.contains(where: \.isNaN)
    else { return .nan }
    return largest - smallest
  }

  /// The mean, added in NumPy's order: sums of the same numbers in another order differ in the last
  /// bit, and the published p values are decided by it where accuracies are equal.
  private static func mean(_ values: [Double]) -> Double {
    guard values.count >= 8 else { return values.reduce(0, +) / Double(values.count) }
    var sums = Array(values[..<8])
    let whole = values.count / 8 * 8
    for index in 8..<whole { sums[index % 8] += values[index] }
    let sum =
      ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    return values[whole...].reduce(sum, +) / Double(values.count)
  }
}
