/// Reads safetensors files of modlab and of other programs.
public enum TensorFile {
  /// The content of a file; those that carry checksums are checked against them.
  ///
  /// - Throws: ``Failure``: data missing, or corrupt.
  public static func read(_ path: String) throws -> SafetensorsFile {
    let file = try Safetensors.read(path)
    guard file.metadata[Checkpoint.dataChecksumKey] != nil,
      file.metadata[Checkpoint.headerChecksumKey] != nil
    else { return file }
    let checked = try Checkpoint.read(path)
    if let warning = checked.warning { throw warning }
    return SafetensorsFile(metadata: checked.metadata, tensors: checked.tensors)
  }

  /// The metadata of a file without its checksums, for a file that is made from it.
  public static func metadataWithoutChecksums(_ metadata: [String: String]) -> [String: String] {
    metadata.filter {
      $0.key != Checkpoint.dataChecksumKey && $0.key != Checkpoint.headerChecksumKey
    }
  }
}
