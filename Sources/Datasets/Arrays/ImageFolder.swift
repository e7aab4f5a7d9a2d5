import Store
import Tensors

/// A folder with one folder of PNG images for each class: `train/cats/1.png`, `train/dogs/7.png`.
///
/// Classes are numbered in the order of their names, images follow each other by class and name, both as
/// bytes compare, as `torchvision.datasets.ImageFolder` has them. Names that begin with a dot do not count.
public struct ImageFolder: Sendable {
  /// The folder.
  public let path: String
  /// Names of the classes.
  public let classes: [String]
  /// The images, each with the position of its class.
  private let images: [(path: String, label: Int)]

  /// Images of the largest folder that is read.
  static let mostImages = 1_000_000

  /// Looks through the folder.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` when it is missing, has no classes or no images, or
  ///   holds something else.
  public init(_ path: String) throws {
    func failure(_ what: String, why: String? = nil, help: String? = nil) -> Failure {
      Failure(.dataMissing, "\(Failure.quote(path: path)): \(what)", why: why, help: help)
    }
    func visible(_ folder: String) throws -> [String] {
      try Folder.contents(at: folder, missing: .dataMissing).filter { !$0.hasPrefix(".") }
    }
    let folder = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
    let classes = try visible(folder).filter { Folder.isFolder("\(folder)/\($0)") }
    guard !classes.isEmpty else {
      throw failure(
        "the folder has no folders of classes", why: "its folders are the classes of the images",
        help:
          "put the images of each class into a folder of its own: \(Failure.printable(folder))/cats/1.png"
      )
    }
    var images: [(path: String, label: Int)] = []
    for (label, name) in classes.enumerated() {
      for file in try visible("\(folder)/\(name)") {
        let image = "\(folder)/\(name)/\(file)"
        guard file.lowercased().hasSuffix(".png"), !Folder.isFolder(image) else {
          throw failure(
            "\(Failure.quote(path: "\(name)/\(file)")) is "
              + (Folder.isFolder(image) ? "a folder" : "no PNG image by its name"),
            why: "folders of classes hold PNG images alone",
            help:
              "convert other images, in Python: PIL.Image.open(path).save('image.png'), or move them away"
          )
        }
        images.append((image, label))
        guard images.count <= Self.mostImages else {
          throw failure("the folder has more than \(Self.mostImages) images")
        }
      }
    }
    guard !images.isEmpty else {
      throw failure("the folders of classes are empty", why: "PNG images are read")
    }
    (self.path, self.classes, self.images) = (path, classes, images)
  }

  /// The paths of the images.
  public var files: [String] { images.map(\.path) }

  /// The images, N×C×H×W: one channel when all are grey, else three.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` for a damaged image or one of another size.
  func pixels(source: String) throws -> NumberArray {
    let headers = try images.map { try PNGImage.extents($0.path) }
    let (height, width) = (headers[0].height, headers[0].width)
    if let place = headers.firstIndex(where: { $0.height != height || $0.width != width }) {
      let other = headers[place]
      throw Failure(
        .dataMissing,
        "\(Failure.quote(path: images[place].path)) has \(other.height)×\(other.width) pixels",
        why: "the images before it have \(height)×\(width)",
        help:
          "make all images one size, in Python: PIL.Image.open(path).resize((\(width), \(height)))"
      )
    }
    let channels = headers.contains { $0.channels == 3 } ? 3 : 1
    let size = channels * height * width
    let (total, isTooLarge) = size.multipliedReportingOverflow(by: images.count)
    guard !isTooLarge, total <= ArrayReference.maximumSize else {
      throw Failure(
        .dataMissing, "\(Failure.quote(path: path)): the images are too large together",
        why: "\(images.count) of \(size) bytes, at most \(ArrayReference.maximumSize) are read",
        help: "make one array of them, which is mapped: np.save('images.npy', np.stack(images))")
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(total)
    for (file, header) in zip(images, headers) {
      let image = try PNGImage.read(file.path)
      guard image.extents == header else {
        throw Failure(
          .dataMissing, "\(Failure.quote(path: file.path)) has changed while it was read",
          help: "start again when nobody writes into the folder")
      }
      // A grey image among coloured ones has the same numbers in all channels.
      for _ in 0..<(channels / header.channels) { pixels += image.pixels }
    }
    return NumberArray(
      source: source, type: .uint8, shape: [images.count, channels, height, width],
      bytes: .read(pixels))
  }

  /// The class of each image.
  ///
  /// - Parameter names: of the classes by their numbers; empty to number those of the folder.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` for a class that the names do not have.
  func labels(source: String, names: [String]) throws -> NumberArray {
    let names = names.isEmpty ? classes : names
    let numbers = try classes.map { name -> Double in
      if let number = names.firstIndex(of: name) { return Double(number) }
      throw Failure(
        .dataMissing, "\(Failure.quote(path: path)) has the class \(Failure.quote(name))",
        why: "the classes are \(CSVColumns.list(names))",
        help: Suggestion.help(for: name, among: names)
          ?? "name all classes in data.classes, in the order of their numbers")
    }
    return NumberArray(
      source: source, images.map { numbers[$0.label] }, shape: [images.count])
  }
}
