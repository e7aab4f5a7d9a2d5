import Datasets
import Store
import TestSupport
import Testing

struct IDXFileTests {
  static func header(_ extents: [Int]) -> [UInt8] {
    [0, 0, 8, UInt8(extents.count)]
      + extents.flatMap { extent in
        (0..<4).reversed().map { UInt8(truncatingIfNeeded: extent >> (8 * $0)) }
      }
  }

  @Test("extents are read with the most significant byte first")
  func content() throws {
    let bytes = Self.header([2, 1, 3]) + [1, 2, 3, 4, 5, 255]
    let file = try IDXFile.parse(bytes, file: "x.idx")
    #expect(file.extents == [2, 1, 3])
    #expect(file.elements == [1, 2, 3, 4, 5, 255])
    let wide = try IDXFile.parse(
      Self.header([258]) + [UInt8](repeating: 7, count: 258), file: "x.idx")
    #expect(wide.extents == [258])
  }

  @Test("a file is noticed to be cut at every length")
  func cuts() throws {
    let bytes = Self.header([2, 2, 2]) + [UInt8](0..<8)
    _ = try IDXFile.parse(bytes, file: "x")
    for count in bytes.indices {
      #expect(throws: Failure.self) { try IDXFile.parse(Array(bytes.prefix(count)), file: "x") }
    }
  }

  @Test("images and labels make a set")
  func imageSet() throws {
    let images = try IDXFile.parse(Self.header([2, 1, 2]) + [0, 255, 51, 102], file: "i")
    let labels = try IDXFile.parse(Self.header([2]) + [1, 0], file: "l")
    let set = try ImageSet(
      images: ("i", images), labels: ("l", labels), classNames: ["a", "b"],
      normalization: PixelNormalization(means: [0.2], standardDeviations: [0.5]))
    #expect(set.count == 2)
    #expect(set.extents == ImageSet.Extents(channels: 1, height: 1, width: 2))
    #expect(set.targets([1, 0, 0]) == [0, 1, 1])
    let inputs = set.inputs([1, 0])
    #expect(inputs.shape == [2, 1, 2, 1])
    for (value, expected) in zip(inputs.scalars, [0, 0.4, -0.4, 1.6] as [Float]) {
      #expect(abs(value - expected) < 1e-6)
    }
    #expect(set.selecting([1]).pixels == [51, 102])
    #expect(set.selecting([1]).labels == [0])
  }

  @Test("files that do not belong together are refused")
  func mismatches() throws {
    let images = try IDXFile.parse(Self.header([2, 1, 1]) + [0, 1], file: "i")
    let two = try IDXFile.parse(Self.header([2]) + [1, 2], file: "l")
    let one = try IDXFile.parse(Self.header([1]) + [1], file: "l")
    func message(_ images: IDXFile, _ labels: IDXFile) -> String? {
      failure {
        _ = try ImageSet(
          images: ("i", images), labels: ("l", labels), classNames: ["a", "b"],
          normalization: .mnist)
      }?.description
    }
    #expect(
      message(two, one)
        == """
        i: byte 3: 1 axes
          why: images have three: number, height and width
          help: is this the file of labels?
        """)
    #expect(
      message(images, images)
        == "l: byte 3: 3 axes\n  why: labels have one\n  help: is this the file of images?")
    #expect(
      message(images, one)
        == """
        l: byte 4: 1 labels for 2 images
          why: the images are those of 'i'
          help: take both files of one set
        """)
    #expect(
      message(images, two)
        == """
        l: byte 9: label 2
          why: there are 2 classes, numbered from 0
          help: fetch the file again; it is not the published one
        """)
  }

  @Test("files are read from the disk, plain or packed")
  func files() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write(Self.header([3]) + [0, 1, 1], to: "\(folder)/labels")
      #expect(try IDXFile.read("\(folder)/labels").elements == [0, 1, 1])
      let missing = failure { _ = try IDXFile.read("\(folder)/none") }
      #expect(missing?.exitCode == .dataMissing)
    }
  }
}
