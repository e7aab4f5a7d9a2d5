/// A data set that is fetched, with the files it consists of.
public struct OfficialDataSet: Sendable, Hashable {
  /// Name on the command line and of the folder below the data folder.
  public let name: String
  /// What it is, in one line.
  public let summary: String
  /// Terms, as far as the authors state them.
  public let license: String
  /// Whom to cite.
  public let citation: String
  /// What is fetched: the files themselves, or an archive that holds them.
  public let downloads: [OfficialFile]
  /// What must be in the folder afterwards; the same as ``downloads`` unless these are an archive.
  public let files: [OfficialFile]
  /// Folder within the archive that holds ``files``, nil when there is no archive.
  public let folderInArchive: String?

  init(
    name: String, summary: String, license: String, citation: String, downloads: [OfficialFile],
    files: [OfficialFile]? = nil, folderInArchive: String? = nil
  ) {
    self.name = name
    self.summary = summary
    self.license = license
    self.citation = citation
    self.downloads = downloads
    self.files = files ?? downloads
    self.folderInArchive = folderInArchive
  }

  /// All data sets that are known, by name.
  public static let all: [OfficialDataSet] = [.cifar10, .fashionMNIST, .mathematics, .mnist, .scan]

  /// The data set of a name, nil when there is none.
  public static func named(_ name: String) -> OfficialDataSet? { all.first { $0.name == name } }

  /// Bytes that the published archive, packed anew perhaps, may have when it is unpacked.
  public var maximumUnpackedSize: Int {
    let sizes = files.map { $0.content?.size }
    guard !sizes.contains(nil) else { return 64 << 30 }
    return 2 * sizes.compactMap(\.self).reduce(0, +) + (16 << 20)
  }

  /// Bytes to fetch, nil when the size of a file is not published.
  public var downloadSize: Int? {
    let sizes = downloads.map(\.size)
    return sizes.contains(nil) ? nil : sizes.compactMap(\.self).reduce(0, +)
  }
}
