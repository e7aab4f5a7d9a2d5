import NeuralNetworks
import Tensors
import Testing

@Suite struct ImageAugmentationTests {
  private let stream = RandomSource(seed: 5).stream("augmentation")

  /// Images whose every pixel tells its place.
  private func images(_ count: Int, _ height: Int, _ width: Int) -> Tensor<Float> {
    Tensor(
      (0..<count * height * width).flatMap { [Float($0 + 1), -Float($0 + 1)] },
      shape: [count, height, width, 2])
  }

  /// Every result is a crop of the padded image, perhaps mirrored, and all of them occur.
  @Test func `crops and mirrors of the padded image`() {
    let (height, width, padding) = (3, 4, 1)
    let x = images(1, height, width)
    func expected(_ top: Int, _ left: Int, _ isMirrored: Bool) -> Tensor<Float> {
      var y = Tensor<Float>(zeros: x.shape)
      for row in 0..<height {
        for column in 0..<width {
          let source = (row + top, (isMirrored ? width - 1 - column : column) + left)
          guard (0..<height).contains(source.0), (0..<width).contains(source.1) else { continue }
          for channel in 0..<2 { y[0, row, column, channel] = x[0, source.0, source.1, channel] }
        }
      }
      return y
    }
    var all: [Tensor<Float>] = []
    for top in -1...1 {
      for left in -1...1 { for flip in [false, true] { all.append(expected(top, left, flip)) } }
    }
    var seen: Set<Int> = []
    for step in 0..<300 {
      let y = ImageAugmentation(padding: padding).apply(to: x, stream, step: step)
      guard let found = all.firstIndex(of: y) else {
        Issue.record("\(y.scalars) is no crop")
        return
      }
      seen.insert(found)
    }
    #expect(seen.count == 18)
  }

  @Test func `a function of stream and step`() {
    let x = images(16, 6, 6)
    let augmentation = ImageAugmentation()
    let y = augmentation.apply(to: x, stream, step: 3)
    #expect(y == augmentation.apply(to: x, stream, step: 3))
    #expect(y != augmentation.apply(to: x, stream, step: 4))
    #expect(y != augmentation.apply(to: x, RandomSource(seed: 5).stream("other"), step: 3))
    #expect(ImageAugmentation(padding: 0, flips: false).apply(to: x, stream, step: 3) == x)
  }

  @Test func `half of the images are mirrored`() {
    let x = images(400, 1, 2)
    let y = ImageAugmentation(padding: 0).apply(to: x, stream, step: 0)
    let mirrored = (0..<400).filter { y[$0, 0, 0, 0] != x[$0, 0, 0, 0] }.count
    #expect(abs(mirrored - 200) < 60)
  }
}
