import Store
import Tensors

/// The name of an array in a file, as a manifest has it: `digits.npy`, `digits.safetensors#x`,
/// `table.csv#x0..x9`, `train-images-idx3-ubyte.gz`, `data_batch_1.bin#images`, `photos#images`.
public struct ArrayReference: Sendable, Hashable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What follows `#`: the tensor, column or part; nil without.
  public let part: String?

  /// Takes a text apart at its last `#`.
  public init(_ text: String) {
    if let mark = text.lastIndex(of: "#") {
      path = String(text[..<mark])
      part = String(text[text.index(after: mark)...])
    } else {
      (path, part) = (text, nil)
    }
  }

  /// As a manifest has it.
  public var description: String { part.map { "\(path)#\($0)" } ?? path }

  /// The formats, by how names of files end.
  private enum Format {
    case safetensors, npy, npz, csv, cifar, idx, folder
  }

  private var format: Format? {
    let name = path.lowercased()
    func ends(_ endings: String...) -> Bool {
      endings.contains { name.hasSuffix($0) || name.hasSuffix($0 + DataFile.compressedSuffix) }
    }
    if ends(".safetensors") { return .safetensors }
    if ends(".npy") { return .npy }
    if ends(".npz") { return .npz }
    if ends(".csv") { return .csv }
    if ends(".bin") { return .cifar }
    if ends("-ubyte", ".idx", ".idx1", ".idx3", "-idx1", "-idx3") { return .idx }
    return Folder.isFolder(path) ? .folder : nil
  }

  /// Whether the array is a column of a CSV file, which may hold texts.
  public var isColumn: Bool { format == .csv }
  /// Whether the array is of a folder of images.
  public var isFolder: Bool { format == .folder }

  /// Whether the file is mapped, so that opening the array reads next to nothing.
  public var isMapped: Bool { format == .safetensors || format == .npy }

  /// Opens the array; what can be mapped is not read.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``, or ``ExitCode/inputOutput``.
  public func open() throws -> NumberArray {
    guard !path.isEmpty else { throw Failure(.dataMissing, "the name of a data file is empty") }
    switch format {
    case .safetensors: return try safetensors()
    case .npy:
      try refusePart()
      return try NPYFile.map(path)
    case .npz: return try npz()
    case .csv:
      let columns = try CSVColumns(path)
      return try columns.numbers(try requirePart("column", among: columns.names))
    case .cifar: return try cifar()
    case .folder:
      let part = try imagesOrLabels("a folder of images")
      let folder = try ImageFolder(path)
      return part == "images"
        ? try folder.pixels(source: description)
        : try folder.labels(source: description, names: [])
    case .idx:
      try refusePart()
      let file = try IDXFile.read(path, maximumSize: Self.maximumSize)
      return NumberArray(
        source: description, type: .uint8, shape: Shape(file.extents), bytes: .read(file.elements))
    case nil:
      throw Failure(
        .dataMissing, "\(Failure.quote(path: path)) is no data file by its name",
        why:
          "read are .safetensors, .npy, .npz, .csv, IDX (…-ubyte, .idx) and .bin of CIFAR-10, IDX, "
          + "CIFAR-10 and CSV also with .gz, and folders of PNG images",
        help: path.hasSuffix(".pt") || path.hasSuffix(".pth") || path.hasSuffix(".pkl")
          ? "pickles are never read: save tensors with safetensors.torch.save_file" : nil)
    }
  }

  /// Content of the largest packed file that is read.
  static let maximumSize = 4 << 30

  private func safetensors() throws -> NumberArray {
    let places = try Safetensors.places(in: path, exitCode: .dataMissing)
    let name = try requirePart("tensor", among: places.keys.sorted())
    guard let place = places[name] else {
      throw Failure(
        .dataMissing, "\(Failure.quote(path: path)) has no tensor \(Failure.quote(name))",
        why: "it has \(CSVColumns.list(places.keys.sorted()))",
        help: Suggestion.help(for: name, among: places.keys))
    }
    guard place.shape.rank > 0 else {
      throw Failure(
        .dataMissing, "\(Failure.printable(description, limit: 4096)) is a single number",
        why: "the first axis of an array is that of the examples")
    }
    return NumberArray(
      source: description, type: NumberType(place.elementType), shape: place.shape,
      bytes: .mapped(try MappedFile(path)), offset: place.offset)
  }

  private func npz() throws -> NumberArray {
    let members = try NPZFile(path)
    let name = try requirePart("array", among: members.names)
    return try members.array(name)
  }

  private func cifar() throws -> NumberArray {
    let part = try imagesOrLabels("a file of CIFAR-10")
    let batch = try CIFAR10Batch.read(path)
    return part == "images"
      ? NumberArray(
        source: description, type: .uint8, shape: [batch.labels.count, 3, 32, 32],
        bytes: .read(batch.pixels))
      : NumberArray(
        source: description, type: .uint8, shape: [batch.labels.count], bytes: .read(batch.labels))
  }

  /// The part that is named, of something that has images and labels.
  func imagesOrLabels(_ owner: String) throws -> String {
    let parts = ["images", "labels"]
    let part = try requirePart("part", among: parts)
    guard parts.contains(part) else {
      throw Failure(
        .dataMissing, "\(Failure.quote(path: path)) has no part \(Failure.quote(part))",
        why: "\(owner) has images and labels", help: Suggestion.help(for: part, among: parts))
    }
    return part
  }

  private func requirePart(_ what: String, among names: [String]) throws -> String {
    if let part, !part.isEmpty { return part }
    throw Failure(
      .dataMissing, "\(Failure.quote(path: path)): which \(what) is meant?",
      why: "it has \(CSVColumns.list(names))",
      help: names.first.map { "write \(Failure.quote(path: "\(path)#\($0)"))" })
  }

  private func refusePart() throws {
    guard let part else { return }
    throw Failure(
      .dataMissing, "\(Failure.quote(path: path)) has no part \(Failure.quote(part))",
      why: "the file holds a single array", help: "leave out what follows '#'")
  }
}

extension ArrayReference {
  /// All arrays of a file, in its order; of a CSV file its columns.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``, or ``ExitCode/inputOutput``.
  public static func all(in path: String) throws -> [ArrayReference] {
    let names: [String]
    switch ArrayReference(path).format {
    case .safetensors:
      names = try Safetensors.places(in: path, exitCode: .dataMissing).keys.sorted()
    case .npz: names = try NPZFile(path).names
    case .csv: names = try CSVColumns(path).names
    case .cifar, .folder: names = ["images", "labels"]
    case .npy, .idx, nil: return [ArrayReference(path)]
    }
    return names.map { ArrayReference("\(path)#\($0)") }
  }
}
