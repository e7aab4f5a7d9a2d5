import Foundation
import Store
import Tensors
import Testing

@testable import Datasets

@Suite struct ImagePairsTests {
  /// Random bytes as images of ten classes.
  private func images(_ count: Int, width: Int = 28, height: Int = 28) -> ImageSet {
    let random = RandomSource(seed: 7)
    let pixels = random.stream("pixels").integers(count * width * height, below: 256)
    // The last image is black, so that not all classes have as many.
    return ImageSet(
      extents: ImageSet.Extents(channels: 1, height: height, width: width),
      classNames: (0..<10).map(String.init), pixels: pixels.map { UInt8($0) },
      labels: (0..<count).map { UInt8($0 % 10) }, normalization: .none(channels: 1))
  }

  /// Values of scikit-image; see `tools/goldens/README.md`.
  @Test func halfWidthsAreThoseOfScikitImage() throws {
    let path = (Bundle.module.resourcePath ?? "") + "/Fixtures/half_resize.json"
    let fixture = try JSONValue.parse(
      try String(contentsOfFile: path, encoding: .utf8), file: "half_resize.json")
    func numbers(_ key: String) -> [Double] {
      (fixture[key]?.arrayValue ?? []).flatMap { $0.arrayValue ?? [] }.compactMap(\.numberValue)
    }
    let found = HalfWidth.resized(numbers("image"), width: 28)
    let expected = numbers("half")
    #expect(found.count == expected.count && found.count == 56)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-9) }
  }

  @Test func theBrightestHasAllLight() {
    let images = images(20)
    #expect(images.pixelsOfHalfWidth().max() == 255)
    let black = ImageSet(
      extents: images.extents, classNames: images.classNames,
      pixels: [UInt8](repeating: 0, count: 784), labels: [3], normalization: .none(channels: 1))
    #expect(black.pixelsOfHalfWidth() == [UInt8](repeating: 0, count: 392))
  }

  @Test func halvesOfOneClass() {
    // 25 images: classes 5 to 9 have two, the others three.
    let images = images(25)
    let pairs = ImagePairs(.sameClass, .halves).pairs(
      of: images, random: RandomSource(seed: 0).stream("pairs"))
    let halves = images.pixelsOfHalfWidth()
    #expect(pairs.count == 25 && pairs.labels == images.labels)
    for index in 0..<25 {
      func half(_ image: Int, row: Int) -> [UInt8] {
        Array(halves[((image * 28 + row) * 14)..<((image * 28 + row + 1) * 14)])
      }
      func row(_ row: Int) -> [UInt8] { Array(Array(pairs[index])[(row * 28)..<(row * 28 + 28)]) }
      #expect((0..<28).allSatisfy { Array(row($0).prefix(14)) == half(index, row: $0) })
      // The right half is one of the first two images of its class.
      let partners = [0, 1].map { Int(images.labels[index]) + 10 * $0 }
      let isPartner = partners.contains { partner in
        (0..<28).allSatisfy { Array(row($0).suffix(14)) == half(partner, row: $0) }
      }
      #expect(isPartner, "image \(index)")
    }
  }

  @Test func stacksAddTheirClasses() {
    let images = images(300)
    let pairs = ImagePairs(.anyClass, .channels).pairs(
      of: images, random: RandomSource(seed: 0).stream("pairs"))
    #expect(pairs.count == 300)
    #expect(pairs.extents == ImageSet.Extents(channels: 2, height: 28, width: 28))
    #expect(pairs.classNames == (0..<10).map(String.init))
    let numbers = Dictionary(
      uniqueKeysWithValues: (0..<300).map { (Array(images[$0]), $0) })
    var drawn: Set<Int> = []
    for index in 0..<300 {
      let pixels = Array(pairs[index])
      guard let first = numbers[Array(pixels.prefix(784))],
        let second = numbers[Array(pixels.suffix(784))]
      else {
        Issue.record("no images of the set")
        return
      }
      drawn.formUnion([first, second])
      #expect(Int(pairs.labels[index]) == (first % 10 + second % 10) % 10)
    }
    // Of 600 draws from 300 images, about 1 − e⁻² are drawn.
    #expect(drawn.count > 230 && drawn.count < 285)
  }

  @Test func threeChannelsAreCopies() {
    let images = images(3).inThreeChannels()
    for index in 0..<3 {
      let pixels = Array(images[index])
      #expect(pixels[0..<784] == pixels[784..<1568] && pixels[0..<784] == pixels[1568...])
    }
    #expect(images.normalization == .none(channels: 3))
  }

  @Test func vectorsHaveChannelsFirst() {
    let images = ImagePairs(.anyClass, .channels).pairs(
      of: images(20), random: RandomSource(seed: 0).stream("pairs"))
    let (vectors, maps) = (images.vectors([4, 2]), images.inputs([4, 2]))
    for channel in 0..<2 {
      for place in [0, 29, 783] {
        let (row, column) = (place / 28, place % 28)
        #expect(vectors[1, channel * 784 + place] == maps[1, row, column, channel])
        #expect(
          vectors[1, channel * 784 + place] == Float(images[2][2 * 1568 + channel * 784 + place])
            / 255)
      }
    }
  }
}
