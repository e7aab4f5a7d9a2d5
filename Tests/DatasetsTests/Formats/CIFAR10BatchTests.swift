import Datasets
import Store
import Testing

struct CIFAR10BatchTests {
  /// A record whose pixels count up from a start.
  static func record(label: UInt8, start: Int) -> [UInt8] {
    [label] + (0..<3072).map { UInt8(truncatingIfNeeded: start + $0) }
  }

  @Test("labels and planes are taken apart")
  func content() throws {
    let bytes = Self.record(label: 3, start: 0) + Self.record(label: 9, start: 5)
    let batch = try CIFAR10Batch.parse(bytes, file: "x.bin", expectedCount: 2)
    #expect(batch.labels == [3, 9])
    #expect(batch.pixels.count == 2 * 3072)
    #expect(batch.pixels[3072] == 5)
    let set = ImageSet([batch, batch])
    #expect(set.count == 4)
    #expect(set.classNames[Int(set.labels[2])] == "cat")
    // Red, green and blue of a pixel lie side by side, each normalised by its own constants.
    let inputs = set.inputs([1])
    #expect(inputs.shape == [1, 32, 32, 3])
    for channel in 0..<3 {
      let byte = Double(UInt8(truncatingIfNeeded: 5 + 1024 * channel + 7))
      let expected =
        (byte / 255 - set.normalization.means[channel])
        / set.normalization.standardDeviations[channel]
      #expect(abs(Double(inputs.scalars[7 * 3 + channel]) - expected) < 1e-6)
    }
  }

  @Test("a number of images other than the published one is refused")
  func counts() {
    let failure = failure {
      _ = try CIFAR10Batch.parse(
        Self.record(label: 0, start: 0), file: "test_batch.bin",
        expectedCount: CIFAR10Batch.officialCount)
    }
    #expect(
      failure?.description == """
        test_batch.bin: byte 3073: 1 images instead of 10000
          help: fetch the file again; it is not the published one
        """)
  }
}
