extension Safetensors {
  /// Reads only the metadata of a file; the whole header is checked all the same.
  ///
  /// - Throws: ``Failure`` as ``read(_:exitCode:missing:)``.
  public static func metadata(
    of path: String, exitCode: ExitCode = .corrupt, missing: ExitCode = .dataMissing
  ) throws -> [String: String] {
    let file = try InputFile(path, missing: missing)
    return try SafetensorsHeader.read(from: file, exitCode: exitCode).header.metadata
  }
}
