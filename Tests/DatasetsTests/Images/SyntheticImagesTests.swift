import Datasets
import Store
import Tensors
import Testing

struct SyntheticImagesTests {
  let random = RandomSource(seed: 1).stream("data/train")

  @Test("sizes are those of MNIST and CIFAR-10, and classes are balanced")
  func sizes() {
    let grey = SyntheticImages.grey.images(25, random: random)
    #expect(grey.pixels.count == 25 * 784)
    #expect(grey.inputs([3, 4]).shape == [2, 28, 28, 1])
    let coloured = SyntheticImages.coloured.images(30, random: random)
    #expect(coloured.pixels.count == 30 * 3072)
    for label in 0..<10 { #expect(coloured.labels.count { $0 == label } == 3) }
    #expect(coloured.labels.prefix(10) != coloured.labels[10..<20])
    #expect(Set(coloured.classNames).count == 10)
  }

  /// The digest guards results against a change of the drawing that nobody meant.
  @Test("the seed decides every pixel, and the first images do not depend on the number")
  func determinism() {
    let set = SyntheticImages.coloured.images(40, random: random)
    let again = SyntheticImages.coloured.images(15, random: random)
    #expect(again.pixels[...] == set.pixels.prefix(15 * 3072))
    #expect(again.labels[...] == set.labels.prefix(15))
    let other = SyntheticImages.coloured.images(
      15, random: RandomSource(seed: 2).stream("data/train"))
    #expect(other.pixels != again.pixels)
    #expect(
      SHA256.digest(of: set.pixels)
        == "24c53141747edfadad04c6ed06d4ba293e367b1b37f021aff8f1a0acfa5006c9")
    #expect(
      SHA256.digest(of: SyntheticImages.grey.images(40, random: random).pixels)
        == "d66e3610c9398b2c624d6e943a7ae205a3575127e775b4dcd55156ab5062edc4")
  }

  @Test("inputs are normalised to mean 0 and deviation 1, channel by channel")
  func normalization() {
    let set = SyntheticImages.coloured.images(100, random: random)
    let inputs = set.inputs(0..<100)
    for channel in 0..<3 {
      var (sum, squares) = (0.0, 0.0)
      for image in 0..<100 {
        for pixel in 0..<1024 {
          let value = Double(inputs[flat: image * 3072 + pixel * 3 + channel])
          sum += value
          squares += value * value
        }
      }
      #expect(abs(sum / 102_400) < 1e-4)
      #expect(abs(squares / 102_400 - 1) < 1e-4)
    }
  }

  /// Nearest neighbour by the histogram of colours knows nothing of shapes: it tells textures and
  /// colours apart, and confuses the pairs that share both.
  @Test("classes differ, and those that share a texture differ by shape alone")
  func classes() {
    let set = SyntheticImages.coloured.images(600, random: random)
    let features = (0..<600).map { Self.hue(Array(set[$0])) }
    var (right, rightOrPartner) = (0, 0)
    for index in 300..<600 {
      let nearest = (0..<300).min {
        Self.distance(features[$0], features[index]) < Self.distance(features[$1], features[index])
      }
      let (label, found) = (Int(set.labels[index]), Int(set.labels[nearest ?? 0]))
      right += label == found ? 1 : 0
      let isPartner = SyntheticImages.sharedTexturePairs.contains {
        $0.contains(label) && $0.contains(found)
      }
      rightOrPartner += label == found || isPartner ? 1 : 0
    }
    // Chance is 30 of 300.
    #expect(right > 120)
    #expect(rightOrPartner > right + 20)
  }

  /// The mean colour of the brightest tenth of the pixels, made independent of brightness.
  private static func hue(_ image: [UInt8]) -> [Double] {
    let order = (0..<1024).sorted {
      Int(image[$0]) + Int(image[$0 + 1024]) + Int(image[$0 + 2048])
        > Int(image[$1]) + Int(image[$1 + 1024]) + Int(image[$1 + 2048])
    }
    let means = (0..<3).map { channel in
      order.prefix(102).reduce(0.0) { $0 + Double(image[$1 + 1024 * channel]) }
    }
    return means.map { $0 / means.reduce(0, +) }
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }
}
