import Store

extension ImageSet {
  /// Grey images from a file of images and a file of their labels, as MNIST has them.
  ///
  /// - Parameters:
  ///   - images: IDX of N×H×W bytes; its name for messages.
  ///   - labels: IDX of N bytes; its name for messages.
  ///   - classNames: Names of the classes.
  ///   - normalization: How bytes become numbers.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``.
  public init(
    images: (file: String, content: IDXFile), labels: (file: String, content: IDXFile),
    classNames: [String], normalization: PixelNormalization
  ) throws {
    let shape = images.content.extents
    guard shape.count == 3 else {
      throw Failure.data(
        images.file, byte: 3, "\(shape.count) axes",
        why: "images have three: number, height and width", help: "is this the file of labels?")
    }
    guard labels.content.extents.count == 1 else {
      throw Failure.data(
        labels.file, byte: 3, "\(labels.content.extents.count) axes", why: "labels have one",
        help: "is this the file of images?")
    }
    guard labels.content.extents[0] == shape[0] else {
      throw Failure.data(
        labels.file, byte: 4, "\(labels.content.extents[0]) labels for \(shape[0]) images",
        why: "the images are those of \(Failure.quote(path: images.file))",
        help: "take both files of one set")
    }
    if let place = labels.content.elements.firstIndex(where: { Int($0) >= classNames.count }) {
      throw Failure.data(
        labels.file, byte: 8 + place, "label \(labels.content.elements[place])",
        why: "there are \(classNames.count) classes, numbered from 0")
    }
    self.init(
      extents: Extents(channels: 1, height: shape[1], width: shape[2]), classNames: classNames,
      pixels: images.content.elements, labels: labels.content.elements,
      normalization: normalization)
  }

  /// Reads a file of images and a file of their labels, compressed by gzip or not.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``.
  public static func readIDX(
    images: String, labels: String, classNames: [String], normalization: PixelNormalization
  ) throws -> ImageSet {
    try ImageSet(
      images: (images, IDXFile.read(images)), labels: (labels, IDXFile.read(labels)),
      classNames: classNames, normalization: normalization)
  }
}
