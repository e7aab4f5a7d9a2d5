import Tensors

/// How images are moved before every step, so that what is optimised does not depend on single pixels.
///
/// All images of a step are moved alike.
public enum FeatureTransforms: String, Sendable, Hashable, CaseIterable {
  /// Not at all.
  case none
  /// For images of some 30 pixels: a border of 2 pixels that mirrors the image, jitter of 4, a scale
  /// of 0.9…1.1.
  case small
  /// For images of some 200 pixels, Lucid's: a grey border of 12 pixels, jitter of 8, a scale of
  /// 0.9…1.1, a rotation by up to 10°, jitter of 4.
  case lucid

  /// What is chosen for a step.
  ///
  /// - Parameters:
  ///   - step: number of the step.
  ///   - random: a stream of its own.
  package func choice(step: Int, random: RandomStream) -> ImageMotion? {
    guard let recipe else { return nil }
    let random = random.at(step: step)
    var drawn = 0
    func index(below bound: Int) -> Int {
      defer { drawn += 1 }
      return random.integer(index: drawn, below: bound)
    }
    var motion = ImageMotion(
      border: recipe.border, reflects: recipe.reflects, jitter: recipe.jitter)
    motion.fill = recipe.fill
    motion.offset = (index(below: recipe.jitter + 1), index(below: recipe.jitter + 1))
    motion.scale = recipe.scales[index(below: recipe.scales.count)]
    if !recipe.angles.isEmpty {
      motion.degrees = recipe.angles[index(below: recipe.angles.count)]
      motion.secondJitter = recipe.secondJitter
      motion.secondOffset = (
        index(below: recipe.secondJitter + 1), index(below: recipe.secondJitter + 1)
      )
    }
    return motion
  }

  private struct Recipe {
    var border: Int
    var reflects: Bool
    var fill: Double
    var jitter: Int
    var scales: [Double]
    var angles: [Double] = []
    var secondJitter = 0
  }

  private var recipe: Recipe? {
    switch self {
    case .none: nil
    case .small:
      Recipe(border: 2, reflects: true, fill: 0, jitter: 4, scales: [0.9, 0.95, 1, 1.05, 1.1])
    case .lucid:
      Recipe(
        border: 12, reflects: false, fill: 0.5, jitter: 8,
        scales: (0...10).map { 1 + Double($0 - 5) / 50 },
        angles: (-10...10).map(Double.init) + [Double](repeating: 0, count: 5), secondJitter: 4)
    }
  }
}

/// What is done to the images of a step: a border, a cut of the bordered image, another size, a
/// rotation, another cut, and at last as many pixels from the middle as the images had, with zeros
/// around them where they have become smaller.
package struct ImageMotion: Sendable {
  /// Pixels added on all sides.
  package var border: Int
  /// Whether they mirror the image; else they have the value ``fill``.
  package var reflects: Bool
  /// The value of the border.
  package var fill = 0.0
  /// Rows and columns that are cut off the bordered image.
  package var jitter: Int
  /// How many of these above and on the left.
  package var offset = (row: 0, column: 0)
  /// Factor of the number of rows and columns, which are rounded down.
  package var scale = 1.0
  /// Rotation.
  package var degrees = 0.0
  /// Rows and columns that are cut off after the rotation.
  package var secondJitter = 0
  /// How many of these above and on the left.
  package var secondOffset = (row: 0, column: 0)

  package init(border: Int, reflects: Bool, jitter: Int) {
    self.border = border
    self.reflects = reflects
    self.jitter = jitter
  }

  /// Numbers of pixels along an axis behind the cut and behind the scale.
  func size(_ size: Int) -> (cut: Int, scaled: Int) {
    let cut = size + 2 * border - jitter
    // A hair more than a product that should be whole, such as 50 · 1.1.
    return (cut, Int((Double(cut) * scale + 1e-9).rounded(.down)))
  }

  /// Border, cut and scale along one axis.
  func scaling(_ size: Int, offset: Int) -> Tensor<Double> {
    let (cut, scaled) = self.size(size)
    return AxisMatrix.resizing(cut, to: scaled).matrixProduct(
      AxisMatrix.cut(size + 2 * border, offset: offset, length: cut)
        .matrixProduct(AxisMatrix.padding(size, by: border, reflects: reflects)))
  }

  /// What the second cut leaves of the scaled image.
  func visible(_ size: Int, secondOffset: Int) -> Range<Int> {
    secondOffset..<(secondOffset + self.size(size).scaled - secondJitter)
  }

  /// Where in the scaled image the result begins.
  func place(_ size: Int, secondOffset: Int) -> Int {
    secondOffset + AxisMatrix.centre(self.size(size).scaled - secondJitter, to: size)
  }

  /// The second cut and the middle along one axis.
  func middle(_ size: Int, secondOffset: Int) -> Tensor<Double> {
    let scaled = self.size(size).scaled
    return AxisMatrix.cut(
      scaled - secondJitter,
      offset: AxisMatrix.centre(scaled - secondJitter, to: size), length: size
    ).matrixProduct(
      AxisMatrix.cut(scaled, offset: secondOffset, length: scaled - secondJitter))
  }
}
