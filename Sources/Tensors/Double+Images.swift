/// Plain loops for convolutions, pooling and batch normalisation, written from the formulas.
// The functions are documented in ImageLoops.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Double {
  public static func imageColumns(
    _ patches: PatchLayout, images: Int, _ x: In, _ columns: Out
  ) {
    columns.update(repeating: 0, count: images * patches.rows * patches.columns)
    patches.forEach(images: images) { element, pixel in columns[element] = x[pixel] }
  }
  public static func addImageColumns(
    _ patches: PatchLayout, images: Int, _ columns: In, _ x: Out
  ) {
    patches.forEach(images: images) { element, pixel in x[pixel] += columns[element] }
  }

  public static func maxPool(_ images: Shape, _ x: In, _ y: Out) {
    forEachWindow(images, x) { output, winner in y[output] = x[winner] }
  }
  public static func maxPoolGradient(
    _ images: Shape, _ x: In, _ dY: In, _ dX: Out, adds: Bool
  ) {
    if !adds { dX.update(repeating: 0, count: images.count) }
    forEachWindow(images, x) { output, winner in dX[winner] += dY[output] }
  }

  /// Every output of max pooling with the position of the first largest element of its window;
  /// `NaN` is the largest.
  private static func forEachWindow(
    _ images: Shape, _ x: In, _ body: (_ output: Int, _ winner: Int) -> Void
  ) {
    let (height, width, channels) = (images[1], images[2], images[3])
    var output = 0
    for image in 0..<images[0] {
      for row in 0..<height / 2 {
        for column in 0..<width / 2 {
          for channel in 0..<channels {
            func position(_ r: Int, _ s: Int) -> Int {
              ((image * height + 2 * row + r) * width + 2 * column + s) * channels + channel
            }
            var winner = position(0, 0)
            for other in [position(0, 1), position(1, 0), position(1, 1)]
            where x[other] > x[winner] || x[other].isNaN {
              winner = other
            }
            body(output, winner)
            output += 1
          }
        }
      }
    }
  }

  public static func threshold(_ n: Int, below bound: Double, otherwise value: Double, _ x: Out) {
    for i in 0..<n { x[i] = x[i] < bound ? 0 : value }
  }

  public static func channelMoments(
    _ rows: Int, _ columns: Int, _ x: In, mean: Out, variance: Out
  ) {
    for column in 0..<columns {
      var total = 0.0
      for row in 0..<rows { total += x[row * columns + column] }
      mean[column] = total / Double(rows)
      var squares = 0.0
      for row in 0..<rows {
        let distance = x[row * columns + column] - mean[column]
        squares += distance * distance
      }
      variance[column] = squares / Double(rows)
    }
  }
  public static func normalizeChannels(
    _ rows: Int, _ columns: Int, _ x: In, mean: In, inverse: In, gamma: In, beta: In, _ y: Out
  ) {
    for i in 0..<rows * columns {
      let column = i % columns
      y[i] = (x[i] - mean[column]) * inverse[column] * gamma[column] + beta[column]
    }
  }
  public static func channelGradients(
    _ rows: Int, _ columns: Int, _ x: In, mean: In, inverse: In, _ dY: In, dGamma: Out, dBeta: Out
  ) {
    dGamma.update(repeating: 0, count: columns)
    dBeta.update(repeating: 0, count: columns)
    for i in 0..<rows * columns {
      let column = i % columns
      dGamma[column] += dY[i] * (x[i] - mean[column]) * inverse[column]
      dBeta[column] += dY[i]
    }
  }
  public static func normalizeChannelsGradient(
    _ rows: Int, _ columns: Int, _ x: In, mean: In, scale: In, shift: In, tilt: In, _ dY: In,
    _ dX: Out, adds: Bool
  ) {
    for i in 0..<rows * columns {
      let column = i % columns
      let slope = scale[column] * dY[i] - shift[column] - (x[i] - mean[column]) * tilt[column]
      dX[i] = (adds ? dX[i] : 0) + slope
    }
  }
}
