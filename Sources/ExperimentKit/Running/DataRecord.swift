import Glibc
import Store
import Synchronization

/// A data file that a run has read: what `status.json` says of it.
public struct DataFileRecord: Sendable, Hashable {
  /// SHA-256 of the content, 64 hexadecimal digits.
  public let digest: String
  /// Tells, without reading the file, whether it has changed since.
  public let fingerprint: FileFingerprint

  /// Creates a record.
  public init(digest: String, fingerprint: FileFingerprint) {
    self.digest = digest
    self.fingerprint = fingerprint
  }

  /// The record as JSON: `sha256` and the members of ``Store/FileFingerprint/json``.
  public var json: JSONValue {
    .object((fingerprint.json.objectValue ?? [:]).merging(["sha256": .string(digest)]) { $1 })
  }

  /// Reads what ``json`` gave; nil when a part is missing.
  public init?(json: JSONValue) {
    guard let digest = json["sha256"]?.stringValue, let fingerprint = FileFingerprint(json: json)
    else { return nil }
    self.init(digest: digest, fingerprint: fingerprint)
  }
}

/// The data files that a run has read, by their path within the folder of the data sets, or from the
/// root when they are elsewhere.
final class DataRecord: Sendable {
  private struct State {
    var files: [String: DataFileRecord] = [:]
    var isClosed = false
  }

  private let folder: String
  private let state = Mutex(State())

  init(folder: String) { self.folder = folder }

  /// Takes down a file that is about to be read.
  ///
  /// - Throws: ``Failure`` (data missing) when it cannot be read.
  /// - Precondition: not closed.
  func note(_ path: String) throws {
    let name =
      path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.count + 1)) : Self.absolute(path)
    // Before and after, so that the two belong together.
    var fingerprint = FileFingerprint(path: path)
    var digest = try SHA256.file(at: path, missing: .dataMissing)
    while let after = FileFingerprint(path: path), after != fingerprint {
      fingerprint = after
      digest = try SHA256.file(at: path, missing: .dataMissing)
    }
    guard let fingerprint else {
      throw Failure(.dataMissing, "\(Failure.quote(path: path)) is no file")
    }
    state.withLock { state in
      precondition(!state.isClosed, "data files are read before the first step of a run")
      state.files[name] = DataFileRecord(digest: digest, fingerprint: fingerprint)
    }
  }

  /// The path from the root: a name without a beginning `/` is one within the folder of the data.
  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return "\(String(cString: here))/\(path)"
  }

  /// Takes down no more files.
  func close() { state.withLock { $0.isClosed = true } }

  var files: [String: DataFileRecord] { state.withLock(\.files) }

  /// The digests of the files.
  var digests: [String: String] { files.mapValues(\.digest) }
}
