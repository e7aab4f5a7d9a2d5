import Glibc
import Store

/// The folder with the data sets that have been fetched, one folder for each.
///
/// Every file may be there as published, or with `.gz` added or taken off; a folder that another
/// program has laid out (``OfficialDataSet/layouts``) is read as it is.
public struct DataFolder: Sendable {
  /// Path of the folder.
  public let path: String
  private let willRead: @Sendable (String) throws -> Void

  /// The data folder at a path.
  ///
  /// - Parameter willRead: told the path of every file that is there and about to be read; what it
  ///   throws is thrown instead.
  public init(_ path: String, willRead: @escaping @Sendable (String) throws -> Void = { _ in }) {
    self.path = path
    self.willRead = willRead
  }

  /// The folder that is meant when none is named: `$MODLAB_DATA`, else `data`.
  public static var standard: DataFolder {
    let named = getenv("MODLAB_DATA").map { String(cString: $0) } ?? ""
    return DataFolder(named.isEmpty ? "data" : named)
  }

  /// Whether all files of a data set are there; says nothing about their content.
  public func has(_ set: OfficialDataSet) -> Bool {
    set.files.allSatisfy { Folder.exists(location(of: $0.name, in: set)) }
  }

  /// Path of a file: the name as published, or with `.gz` added or taken off when only that is there.
  ///
  /// Files that are not in the folder of the set may be where the published archive or repository,
  /// or another program, keeps them (``OfficialDataSet/layouts``).
  public func location(of name: String, in set: OfficialDataSet) -> String {
    let suffix = DataFile.compressedSuffix
    let other = name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : name + suffix
    let places = folders(of: set).lazy.flatMap { ["\($0)/\(name)", "\($0)/\(other)"] }
    return places.first(where: Folder.exists) ?? "\(path)/\(set.name)/\(name)"
  }

  /// The folders that may hold the files of a set, its own first.
  private func folders(of set: OfficialDataSet) -> [String] {
    let own = "\(path)/\(set.name)"
    return [own] + set.layouts.flatMap { ["\(own)/\($0)", "\(path)/\($0)"] }
      + set.unnamedLayouts.map { "\(own)/\($0)" }
  }

  // MARK: - Reading

  /// MNIST: 60,000 images to train on, 10,000 to test.
  public func mnist() throws -> (train: ImageSet, test: ImageSet) {
    try grey(.mnist, classNames: (0...9).map(String.init), .mnist)
  }

  /// Fashion-MNIST: 60,000 images to train on, 10,000 to test.
  public func fashionMNIST() throws -> (train: ImageSet, test: ImageSet) {
    let names = [
      "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
      "ankle-boot",
    ]
    return try grey(.fashionMNIST, classNames: names, .fashionMNIST)
  }

  /// CIFAR-10: 50,000 images to train on, 10,000 to test.
  public func cifar10() throws -> (train: ImageSet, test: ImageSet) {
    let batches = try OfficialDataSet.cifar10.files.map {
      try CIFAR10Batch.read(
        existing($0.name, in: .cifar10), expectedCount: CIFAR10Batch.officialCount)
    }
    return (ImageSet(Array(batches.dropLast())), ImageSet(Array(batches.suffix(1))))
  }

  /// A split of SCAN as published.
  public func scan(_ split: SCAN.Split) throws -> (train: SequencePairs, test: SequencePairs) {
    let name =
      switch split {
      case .simple: "simple"
      case .length: "length"
      case .jump: "addprim_jump"
      case .turnLeft: "addprim_turn_left"
      }
    func part(_ part: String, _ count: Int) throws -> SequencePairs {
      let path = try existing("tasks_\(part)_\(name).txt", in: .scan)
      let pairs = try SCAN.read(path)
      guard pairs.count == count else {
        throw Failure.data(
          path, line: min(pairs.count, count), "\(pairs.count) lines instead of \(count)")
      }
      return pairs
    }
    return (try part("train", SCAN.trainingCount(split)), try part("test", SCAN.testCount(split)))
  }

  /// A file of the Mathematics Dataset, such as `train-easy` of `comparison__sort`.
  public func mathematics(_ module: String, part: String) throws -> MathematicsProblems {
    try MathematicsProblems.read(existing("\(part)/\(module).txt", in: .mathematics))
  }

  // MARK: - Details

  private func grey(
    _ set: OfficialDataSet, classNames: [String], _ normalization: PixelNormalization
  ) throws -> (train: ImageSet, test: ImageSet) {
    func part(_ part: String, _ count: Int) throws -> ImageSet {
      let images = try existing("\(part)-images-idx3-ubyte.gz", in: set)
      let part = try ImageSet.readIDX(
        images: images, labels: existing("\(part)-labels-idx1-ubyte.gz", in: set),
        classNames: classNames, normalization: normalization)
      guard part.count == count, part.extents.height == 28, part.extents.width == 28 else {
        throw Failure.data(
          images, byte: 4,
          "\(part.count) images of \(part.extents.height)×\(part.extents.width)",
          why: "\(set.name) has \(count) of 28×28 here")
      }
      return part
    }
    return (try part("train", 60_000), try part("t10k", 10_000))
  }

  /// Path of a file that is there and will be read.
  private func existing(_ name: String, in set: OfficialDataSet) throws -> String {
    let path = location(of: name, in: set)
    guard Folder.exists(path) else {
      let remark = set.remarkOnOtherVersions(in: folders(of: set) + [self.path])
      throw Failure(
        .dataMissing, "\(set.name): cannot read \(Failure.quote(path: path))",
        why: "there is no such file" + (remark.map { "\n\($0)" } ?? ""),
        help: set.files.contains { $0.name == name }
          ? "fetch it with '\(fetchCommand(set))', or take local copies with --from DIR"
          : "put it there; \(set.name) is published at \(set.downloads[0].addresses[0])")
    }
    try willRead(path)
    return path
  }
}

extension DataFolder {
  /// The command line that fetches a data set into this folder.
  public func fetchCommand(_ set: OfficialDataSet) -> String {
    let command = "modlab data fetch \(set.name)"
    guard path != DataFolder.standard.path else { return command }
    let isPlain = path.allSatisfy { $0.isLetter || $0.isNumber || "/._-+~".contains($0) }
    let shown = Failure.printable(path, limit: 4096)
    return command + (isPlain ? " --data \(shown)" : " --data \"\(shown)\"")
  }
}
