import Datasets
import Foundation
import Store
import Tensors
import TestSupport
import Testing

/// PNG images and folders of them, as other programs write them.
struct ImageFolderTests {
  private static let images = Bundle.module.bundlePath + "/Fixtures/images"

  static let names: [String] =
    ((try? Folder.contents(at: images)) ?? []).filter { $0.hasSuffix(".png") }
    .map { String($0.dropLast(4)) }

  @Test("images of all kinds have the pixels that Pillow decodes", arguments: names)
  func pixels(name: String) throws {
    let image = try PNGImage.read("\(Self.images)/\(name).png")
    let expected = try JoinedArray([ArrayReference("\(Self.images)/\(name).npy").open()])
    #expect(
      [image.extents.channels] + [image.extents.height, image.extents.width]
        == [expected.count] + expected.rowShape.dimensions)
    let numbers = (0..<expected.count).flatMap { expected.row($0) }
    #expect(image.pixels.map { Double($0) } == numbers)
  }

  @Test("all kinds are there") func kinds() { #expect(Self.names.count == 10) }

  /// Calls `body` with a folder of two classes: grey cats, and dogs.
  private func inFolder(dog: String, _ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      for (place, image) in [("cats/2", "grey8"), ("cats/10", "grey4"), ("dogs/1", dog)] {
        try Folder.create(at: "\(folder)/\(place.split(separator: "/")[0])")
        try AtomicFile.write(
          try InputFile.bytes(at: "\(Self.images)/\(image).png"), to: "\(folder)/\(place).PNG")
      }
      try AtomicFile.write("not counted", to: "\(folder)/cats/.DS_Store")
      try body(folder)
    }
  }

  private func rows(_ text: String) throws -> [[Double]] {
    let array = try JoinedArray([ArrayReference(text).open()])
    return (0..<array.count).map { array.row($0) }
  }

  @Test("a folder of grey images is N×1×H×W, by class and name as bytes compare")
  func grey() throws {
    try inFolder(dog: "grey1") { folder throws in
      let array = try ArrayReference("\(folder)#images").open()
      #expect(array.shape == [3, 1, 5, 7] && array.type == .uint8)
      let images = try ["grey4", "grey8", "grey1"].map {
        try PNGImage.read("\(Self.images)/\($0).png").pixels.map { Double($0) }
      }
      #expect(try rows("\(folder)/#images") == images, "a slash at the end does not matter")
      #expect(try rows("\(folder)#labels") == [[0], [0], [1]])
      #expect(try ArrayReference.all(in: folder).map(\.part) == ["images", "labels"])
    }
  }

  @Test("with an image of colours, all have three channels")
  func colours() throws {
    try inFolder(dog: "colours") { folder throws in
      let found = try rows("\(folder)#images")
      let grey = try PNGImage.read("\(Self.images)/grey4.png").pixels.map { Double($0) }
      #expect(found[0] == grey + grey + grey)
      #expect(
        found[2] == (try PNGImage.read("\(Self.images)/colours.png").pixels.map { Double($0) }))
    }
  }

  @Test("classes are those of names that are given")
  func classes() throws {
    try inFolder(dog: "grey1") { folder throws in
      let reference = ArrayReference("\(folder)#labels")
      func classes(_ names: [String]) throws -> [Int32] {
        try ClassArray([reference], names: names).classes
      }
      #expect(try classes([]) == [0, 0, 1])
      #expect(try classes(["birds", "dogs", "cats"]) == [2, 2, 1])
      let unknown = failure { _ = try classes(["cat", "dogs"]) }
      #expect(unknown?.description.contains("has the class 'cats'") == true)
      #expect(unknown?.help == "did you mean 'cat'?")
      #expect(
        failure { _ = try ArrayReference("\(folder)#pixels").open() }?.exitCode == .dataMissing)
    }
  }

  @Test("folders that are no classes of images, and images that do not fit, are named")
  func faults() throws {
    func message(_ change: (String) throws -> Void) throws -> String {
      var text = "nothing"
      try inFolder(dog: "grey1") { folder throws in
        try change(folder)
        if let failure = failure({ _ = try ArrayReference("\(folder)#images").open() }) {
          #expect(failure.exitCode == .dataMissing)
          text = "\(failure)".replacing(folder, with: "f")
        }
      }
      return text
    }
    func empty(_ folder: String) throws {
      try FileManager.default.removeItem(atPath: folder)
      try Folder.create(at: folder)
    }
    #expect(try message { _ in } == "nothing")
    #expect(try message(empty).hasPrefix("'f': the folder has no folders of classes"))
    #expect(
      try message { folder in
        try empty(folder)
        try Folder.create(at: folder + "/cats")
      } == "'f': the folders of classes are empty\n  why: PNG images are read")
    #expect(
      try message { try AtomicFile.write("x", to: $0 + "/dogs/a.jpg") } == """
        'f': 'dogs/a.jpg' is no PNG image by its name
          why: folders of classes hold PNG images alone
          help: convert other images, in Python: PIL.Image.open(path).save('image.png'), or move them away
        """)
    #expect(
      try message { try Folder.create(at: $0 + "/dogs/more.png") }
        .hasPrefix("'f': 'dogs/more.png' is a folder"))
    #expect(
      try message { try AtomicFile.write("x", to: $0 + "/dogs/a.png") }
        .hasPrefix("f/dogs/a.png: not a PNG image"))
    #expect(
      try message {
        let other = try InputFile.bytes(at: BadDataTests.folder + "/glass.png")
        try AtomicFile.write(other, to: $0 + "/dogs/a.png")
      } == """
        'f/dogs/a.png' has 2×3 pixels
          why: the images before it have 5×7
          help: make all images one size, in Python: PIL.Image.open(path).resize((7, 5))
        """)
  }
}
