import Datasets
import Store

/// Copies of the files of a data set in a folder of the user's.
///
/// They may lie in the folder itself, in one named after the data set, or where the published
/// archive or repository or another program keeps them, with `.gz` added or taken off; or within the
/// published archive.
struct LocalCopies {
  let set: OfficialDataSet
  /// The folder.
  let path: String

  /// Places where a copy of a file may be.
  func places(of file: OfficialFile) -> [String] {
    folders.flatMap { folder in
      Self.names(file.name).map { "\(folder)/\($0)" }
    }.filter(Self.isFile)
  }

  /// Archives that may hold the files.
  var archives: [String] {
    guard set.folderInArchive != nil else { return [] }
    return set.downloads.flatMap { archive in
      outerFolders.flatMap { folder in Self.names(archive.name).map { "\(folder)/\($0)" } }
    }.filter(Self.isFile)
  }

  private static func isFile(_ path: String) -> Bool {
    Folder.exists(path) && !Folder.isFolder(path)
  }

  /// What the folder holds in place of the files, in words; nil when nothing is recognised.
  var remark: String? { self.set.remarkOnOtherVersions(in: folders) }

  private var outerFolders: [String] { [path, "\(path)/\(set.name)"] }

  private var folders: [String] {
    let layouts = set.layouts + set.unnamedLayouts
    return outerFolders + layouts.flatMap { layout in outerFolders.map { "\($0)/\(layout)" } }
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
