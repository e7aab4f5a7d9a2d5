import Datasets
import Store

/// Copies of the files of a data set in a folder of the user's.
///
/// They may lie in the folder itself, in one named after the data set or after the folder in the
/// published archive, with `.gz` added or taken off; or within the published archive.
struct LocalCopies {
  let set: OfficialDataSet
  /// The folder.
  let path: String

  /// Places where a copy of a file may be.
  func places(of file: OfficialFile) -> [String] {
    folders(set.folderInArchive).flatMap { folder in
      Self.names(file.name).map { "\(folder)/\($0)" }
    }.filter(Self.isFile)
  }

  /// Archives that may hold the files.
  var archives: [String] {
    guard set.folderInArchive != nil else { return [] }
    return set.downloads.flatMap { archive in
      folders(nil).flatMap { folder in Self.names(archive.name).map { "\(folder)/\($0)" } }
    }.filter(Self.isFile)
  }

  private static func isFile(_ path: String) -> Bool {
    Folder.exists(path) && !Folder.isFolder(path)
  }

  private func folders(_ inArchive: String?) -> [String] {
    let folders = [path, "\(path)/\(set.name)"]
    return folders + (inArchive.map { name in folders.map { "\($0)/\(name)" } } ?? [])
  }

  /// A name, and the same with `.gz` added or taken off.
  private static func names(_ name: String) -> [String] {
    [name, name.hasSuffix(".gz") ? String(name.dropLast(3)) : name + ".gz"]
  }

  /// The bytes of a copy, nil when it is too large to be one.
  static func bytes(at place: String, of file: OfficialFile) throws -> [UInt8]? {
    guard try InputFile(place).size <= file.maximumSize else { return nil }
    return try InputFile.bytes(
      at: place, maximumSize: file.maximumSize, tooLarge: .dataMissing)
  }
}
