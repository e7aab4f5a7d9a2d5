import Tensors

/// A safetensors file that notices every changed byte and keeps its predecessor.
///
/// Two entries are added to the metadata: `sha256`, the checksum of the data block, and
/// `header_sha256`, the checksum of everything in front of it, computed with 64 zeros in place of
/// its own value. Any safetensors reader can read the file.
public struct Checkpoint: Sendable {
  /// Metadata entry with the checksum of the data block.
  public static let dataChecksumKey = "sha256"
  /// Metadata entry with the checksum of the header.
  public static let headerChecksumKey = "header_sha256"

  /// Texts by name, the checksums among them.
  public var metadata: [String: String]
  /// Tensors by name.
  public var tensors: [String: StoredTensor]
  /// Why the previous checkpoint was read instead of the newest, nil when it was not.
  public var warning: Failure?

  /// Writes a checkpoint; the one it replaces stays as `<name>.previous`.
  ///
  /// - Complexity: one pass over the tensors for the checksum, one for writing; no copies.
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput``.
  public static func write(
    _ tensors: [String: StoredTensor], metadata: [String: String] = [:], to path: String,
    keepPrevious: Bool = true, operations: any FileOperations = AtomicFile.operations
  ) throws {
    var header = try SafetensorsHeader(tensors, metadata: metadata)
    var dataHash = SHA256()
    for entry in header.entries {
      tensors[entry.name]?.withUnsafeBytes { dataHash.update($0) }
    }
    header.metadata[dataChecksumKey] = dataHash.finish()
    header.metadata[headerChecksumKey] = blank
    // The value has a fixed length, so that filling it in moves nothing.
    header.metadata[headerChecksumKey] = SHA256.digest(of: header.serialized)
    try Safetensors.write(
      tensors, header, header.serialized, to: path, keepPrevious: keepPrevious,
      operations: operations)
  }

  /// Reads a checkpoint and verifies its checksums.
  ///
  /// When it is damaged and `<name>.previous` is not, that one is returned, with a ``warning``.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - missing: What it means to the caller when there is no such file.
  /// - Throws: ``Failure``: ``ExitCode/corrupt`` when both are damaged, `missing`, or
  ///   ``ExitCode/inputOutput``.
  public static func read(
    _ path: String, missing: ExitCode = .dataMissing
  ) throws -> Checkpoint {
    do {
      return try verified(path, missing: missing)
    } catch var failure as Failure where failure.exitCode == .corrupt {
      let previous = AtomicFile.previousPath(of: path)
      do {
        var checkpoint = try verified(previous, missing: .dataMissing)
        failure.help = "continued from \(Failure.quote(path: previous))"
        checkpoint.warning = failure
        return checkpoint
      } catch let second as Failure {
        let reason = second.exitCode == .dataMissing ? "there is none" : second.what
        let note = "the previous checkpoint cannot be used: \(reason)"
        failure.why = failure.why.map { "\($0)\n\(note)" } ?? note
        failure.help = "remove the damaged files to start again"
        throw failure
      }
    }
  }

  private static let blank = String(repeating: "0", count: 2 * SHA256.byteCount)

  private static func verified(_ path: String, missing: ExitCode) throws -> Checkpoint {
    let file = try InputFile(path, missing: missing)
    let (header, raw) = try SafetensorsHeader.read(from: file, exitCode: .corrupt)
    let parser = SafetensorsHeaderParser(path: path, exitCode: .corrupt)
    guard let headerChecksum = header.metadata[headerChecksumKey],
      let dataChecksum = header.metadata[dataChecksumKey]
    else {
      throw parser.failure(
        "not a checkpoint", why: "the metadata have no \(dataChecksumKey) and \(headerChecksumKey)")
    }
    guard digestOfHeader(raw, without: headerChecksum) == headerChecksum else {
      throw parser.failure("header is damaged", why: "its checksum is wrong")
    }
    var hash = SHA256()
    var tensors: [String: StoredTensor] = [:]
    tensors.reserveCapacity(header.entries.count)
    for entry in header.entries {
      let tensor = try Safetensors.read(
        entry, from: file, dataStart: raw.count, exitCode: .corrupt)
      tensor.withUnsafeBytes { hash.update($0) }
      tensors[entry.name] = tensor
    }
    guard hash.finish() == dataChecksum else {
      throw parser.failure("data are damaged", why: "their checksum is wrong")
    }
    return Checkpoint(metadata: header.metadata, tensors: tensors)
  }

  /// The checksum of a header with zeros in place of the checksum that it holds.
  private static func digestOfHeader(_ raw: [UInt8], without checksum: String) -> String? {
    let value = Array("\"\(headerChecksumKey)\":\"\(checksum)\"".utf8)
    guard checksum.utf8.count == blank.utf8.count, let place = raw.firstRange(of: value)
    else { return nil }
    var cleared = raw
    let end = place.upperBound - 1
    cleared.replaceSubrange(end - blank.utf8.count..<end, with: blank.utf8)
    return SHA256.digest(of: cleared)
  }
}
