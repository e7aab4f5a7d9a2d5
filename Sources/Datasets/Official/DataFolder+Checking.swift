import Store

extension DataFolder {
  /// A file of a data set in the folder, checked.
  public struct CheckedFile: Sendable, Equatable {
    /// The file as published.
    public let file: OfficialFile
    /// Where it is, or would be.
    public let path: String
    /// What is known of it.
    public let state: DataFileState

    /// A file with what is known of it.
    public init(file: OfficialFile, path: String, state: DataFileState) {
      self.file = file
      self.path = path
      self.state = state
    }
  }

  /// Reads all files of a data set and compares them with what is published.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput`` when a file is there and cannot be read.
  public func check(_ set: OfficialDataSet) throws -> [CheckedFile] {
    try set.files.map { try check($0, in: set) }
  }

  /// Reads a file of a data set and compares it with what is published.
  public func check(_ file: OfficialFile, in set: OfficialDataSet) throws -> CheckedFile {
    let path = location(of: file.name, in: set)
    guard Folder.exists(path) else { return CheckedFile(file: file, path: path, state: .missing) }
    let size = try InputFile(path).size
    guard size <= file.maximumSize else {
      let expected = file.content?.size ?? file.maximumSize
      return CheckedFile(
        file: file, path: path, state: .wrongSize(expected: expected, found: size))
    }
    let bytes = try InputFile.bytes(
      at: path, maximumSize: file.maximumSize, tooLarge: .dataMissing)
    return CheckedFile(file: file, path: path, state: file.check(bytes))
  }

  /// How many files of a data set are there, whatever their content.
  public func presentCount(of set: OfficialDataSet) -> Int {
    set.files.count { Folder.exists(location(of: $0.name, in: set)) }
  }

  /// The name under which bytes of a file are kept: with `.gz` when they are packed, else without.
  public static func name(of file: OfficialFile, holding bytes: [UInt8]) -> String {
    let suffix = DataFile.compressedSuffix
    let plain = file.name.hasSuffix(suffix) ? String(file.name.dropLast(suffix.count)) : file.name
    return Gzip.isCompressed(bytes) ? plain + suffix : plain
  }
}
