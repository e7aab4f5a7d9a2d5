import Store

/// Reading of data files that may be compressed.
enum DataFile {
  /// Appended to the name of a compressed file.
  static let compressedSuffix = ".gz"

  /// The content of a file, decompressed when it begins as a gzip file does.
  ///
  /// - Parameters:
  ///   - path: The file, plain or compressed whatever its name says.
  ///   - maximumSize: Bytes that the content may have; larger files are refused before memory is
  ///     requested.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``, or ``ExitCode/inputOutput``.
  static func read(_ path: String, maximumSize: Int) throws -> [UInt8] {
    let bytes = try InputFile.bytes(
      at: path, maximumSize: maximumSize, missing: .dataMissing, tooLarge: .dataMissing)
    return try content(of: bytes, file: path, maximumSize: maximumSize)
  }

  /// The content of a file that has been read.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` when it is something else altogether, such
  ///   as a Git LFS pointer.
  static func content(of bytes: [UInt8], file: String, maximumSize: Int) throws -> [UInt8] {
    let content =
      Gzip.isCompressed(bytes)
      ? try Gzip.decompress(bytes, file: file, maximumSize: maximumSize) : bytes
    if let mistaken = MistakenContent(content) {
      throw Failure.data(
        file, byte: 0, "the file is \(mistaken.description)", help: mistaken.help)
    }
    return content
  }
}
