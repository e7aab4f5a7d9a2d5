import NeuralNetworks
import Tensors
import Testing

/// Random rotations, shifts and flips.
@Suite struct ImageDistortionTests {
  private let random = RandomSource(seed: 8)

  private func images(_ shape: Shape) -> Tensor<Float> { random.stream("images").uniform(shape) }

  private func moved(
    _ x: Tensor<Float>, _ change: (inout ImageDistortion.Motion) -> Void
  ) -> Tensor<Float> {
    var motion = ImageDistortion.Motion()
    change(&motion)
    return ImageDistortion.apply(
      [ImageDistortion.Motion](repeating: motion, count: x.shape[0]), to: x)
  }

  @Test func `without ranges images stay as they are`() {
    let x = images([3, 5, 7, 2])
    var distortion = ImageDistortion()
    (distortion.degrees, distortion.shift, distortion.flips) = (0, 0, false)
    #expect(distortion.apply(to: x, random.stream("d"), step: 4) == x)
  }

  @Test func `right angles are exact`() {
    let x = images([2, 6, 6, 3])
    let y = moved(x) { $0.degrees = 90 }
    for image in 0..<2 {
      for row in 0..<6 {
        for column in 0..<6 {
          for channel in 0..<3 {
            // The right edge comes to the top.
            #expect(abs(y[image, row, column, channel] - x[image, column, 5 - row, channel]) < 1e-6)
          }
        }
      }
    }
    let back = moved(y) { $0.degrees = -90 }
    #expect(zip(back.scalars, x.scalars).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func `whole shifts are exact, and borders are repeated`() {
    let x = images([1, 5, 6, 1])
    let y = moved(x) { $0.shift = (2, -1) }
    let flipped = moved(x) { $0.isMirrored = true }
    for row in 0..<5 {
      for column in 0..<6 {
        #expect(y[0, row, column, 0] == x[0, max(row - 2, 0), min(column + 1, 5), 0])
        #expect(flipped[0, row, column, 0] == x[0, row, 5 - column, 0])
      }
    }
  }

  @Test func `half a pixel is the mean of two`() {
    let x = images([1, 4, 4, 1])
    let y = moved(x) { $0.shift = (0, 0.5) }
    #expect(abs(y[0, 1, 2, 0] - (x[0, 1, 1, 0] + x[0, 1, 2, 0]) / 2) < 1e-6)
    #expect(y[0, 1, 0, 0] == x[0, 1, 0, 0])
  }

  @Test func `images do not depend on how a batch is divided`() {
    let (x, distortion, stream) = (images([7, 8, 8, 3]), ImageDistortion(), random.stream("d"))
    let whole = distortion.apply(to: x, stream, step: 3)
    let parts =
      distortion.apply(to: x.rows(0..<3), stream, step: 3).scalars
      + distortion.apply(to: x.rows(3..<7), stream, step: 3, firstNumber: 3).scalars
    #expect(parts == whole.scalars && whole != x)
    #expect(distortion.apply(to: x, stream, step: 4) != whole)
    // Flat images stay flat, whatever is done to them.
    let flat = Tensor<Float>(repeating: 0.25, shape: [9, 8, 8, 1])
    #expect(
      distortion.apply(to: flat, stream, step: 0).scalars.allSatisfy { abs($0 - 0.25) < 1e-6 })
  }
}
