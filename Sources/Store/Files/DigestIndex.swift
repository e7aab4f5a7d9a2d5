import Glibc
import Synchronization

/// Remembers the SHA-256 of files, so that those that have not changed need not be read again.
///
/// The digests stand in `digests.json` in a folder, together with the ``FileFingerprint`` that each
/// file had when it was read. The index is a cache: it may be removed at any time, a damaged one
/// counts as empty, and one that cannot be written is silently not written.
///
/// A remembered digest is given only for the same path and fingerprint. A file that was modified
/// less than two seconds before it was read is not remembered: with the coarse time stamps of some
/// file systems, a later change could leave its fingerprint as it was.
///
/// **Edge cases**: content that changes while size, modification time and inode stay the same (a
/// failing disk, `touch -r`) is not noticed; where that matters, use ``SHA256/file(at:missing:)``.
public final class DigestIndex: Sendable {
  /// Name of the file within its folder.
  public static let fileName = "digests.json"
  /// A file must not have been modified for this time, in nanoseconds, to be remembered.
  static let settlingTime = 2_000_000_000
  /// More files than this are not remembered, so that the index can always be read again.
  static let maximumCount = 500_000

  /// The folder in which the index stands.
  public let folder: String
  private let state: Mutex<State>

  private struct Entry: Equatable {
    var fingerprint: FileFingerprint
    var digest: String
  }

  private struct State {
    /// By the name within `folder`, or by the absolute path outside of it.
    var entries: [String: Entry]
    var hasChanged = false
  }

  /// Reads the index of a folder; it is empty when there is none.
  public init(folder: String) {
    self.folder = folder
    state = Mutex(State(entries: Self.read(Self.path(in: folder))))
  }

  /// The SHA-256 of a file, remembered or computed.
  ///
  /// - Parameters:
  ///   - path: The file; links are followed.
  ///   - missing: What it means to the caller when there is no such file.
  ///   - rereads: Whether the file is read even if its digest is remembered.
  /// - Returns: 64 lower-case hexadecimal digits.
  /// - Throws: ``Failure`` when the file is missing (`missing`) or cannot be read.
  public func digest(
    of path: String, missing: ExitCode = .dataMissing, rereads: Bool = false
  ) throws -> String {
    if !rereads, let known = knownDigest(of: path) { return known }
    let before = FileFingerprint(path: path)
    let now = Self.now()
    let digest = try SHA256.file(at: path, missing: missing)
    if let before, before == FileFingerprint(path: path),
      before.modificationTime <= now - Self.settlingTime
    {
      let key = key(of: path)
      state.withLock {
        $0.entries[key] = Entry(fingerprint: before, digest: digest)
        $0.hasChanged = true
      }
    }
    return digest
  }

  /// The remembered SHA-256 of a file, nil when it would have to be read.
  public func knownDigest(of path: String) -> String? {
    guard let fingerprint = FileFingerprint(path: path) else { return nil }
    let key = key(of: path)
    guard let entry = state.withLock({ $0.entries[key] }), entry.fingerprint == fingerprint
    else { return nil }
    return entry.digest
  }

  /// Writes the index when it has changed, with what other processes have added meanwhile and
  /// without the files that are gone.
  ///
  /// Failing to write is no error: the digests are computed again next time.
  public func save(operations: any FileOperations = AtomicFile.operations) {
    state.withLock { state in
      guard state.hasChanged else { return }
      let path = Self.path(in: folder)
      var entries = Self.read(path).merging(state.entries) { _, own in own }
      entries = entries.filter { key, _ in
        Folder.exists(key.hasPrefix("/") ? key : "\(folder)/\(key)")
      }
      guard entries.count <= Self.maximumCount else { return }
      do {
        try AtomicFile.write(Self.text(of: entries), to: path, operations: operations)
        state = State(entries: entries)
      } catch {
        // A folder of somebody else, or a full disk: whoever asks next computes the digests anew.
      }
    }
  }

  // MARK: - Keys and times

  private static func path(in folder: String) -> String { "\(folder)/\(fileName)" }

  /// Names within the folder stay valid when the folder is moved.
  private func key(of path: String) -> String {
    if path.hasPrefix(folder + "/") { return String(path.dropFirst(folder.count + 1)) }
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time.tv_sec &* 1_000_000_000 &+ time.tv_nsec
  }

  // MARK: - The file

  /// One text per file, since a value costs far more to read than a few more characters.
  private static func text(of entries: [String: Entry]) -> String {
    let files = JSONValue.object(
      entries.mapValues {
        let print = $0.fingerprint
        return .string("\($0.digest) \(print.size) \(print.modificationTime) \(print.inode)")
      })
    let json: JSONValue = [
      "schema": "modlab-digests-1", "files": files,
      "sha256": .string(SHA256.digest(of: files.serialized())),
    ]
    return json.serialized(pretty: true)
  }

  private static func read(_ path: String) -> [String: Entry] {
    guard let bytes = try? InputFile.bytes(at: path, maximumSize: 256 << 20),
      let json = try? JSONValue.parse(bytes, file: path, maximumValues: maximumCount + 10),
      json["schema"] == "modlab-digests-1", let files = json["files"],
      json["sha256"]?.stringValue == SHA256.digest(of: files.serialized()),
      let members = files.objectValue
    else { return [:] }
    return members.compactMapValues { value in
      let parts = value.stringValue?.split(separator: " ") ?? []
      guard parts.count == 4, let size = Int(parts[1]), let time = Int(parts[2]),
        let inode = Int(parts[3])
      else { return nil }
      return Entry(
        fingerprint: FileFingerprint(size: size, modificationTime: time, inode: inode),
        digest: String(parts[0]))
    }
  }
}
