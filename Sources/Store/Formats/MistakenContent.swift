/// What people find in place of a file that they have cloned or downloaded.
public enum MistakenContent: Sendable, Equatable {
  /// The few lines that Git keeps in place of a file of Git LFS.
  case gitLFSPointer
  /// A page of a server: an error, a login, or a page about the file.
  case webPage
  /// A file that is still packed by a program.
  case packed(by: String)

  /// Recognises content by its beginning; nil when it is none of these.
  ///
  /// - Parameter bytes: the content, or at least its first 256 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    let start = Array(bytes.prefix(256))
    func begins(_ text: String) -> Bool { start.starts(with: text.utf8) }
    if begins("version https://git-lfs") {
      self = .gitLFSPointer
      return
    }
    if let program = Self.signatures.first(where: { start.starts(with: $0.bytes) })?.program {
      self = .packed(by: program)
      return
    }
    let text = String(decoding: start, as: UTF8.self).lowercased()
      .drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    guard ["<!doctype html", "<html", "<head", "<?xml"].contains(where: text.hasPrefix) else {
      return nil
    }
    self = .webPage
  }

  private static let signatures: [(program: String, bytes: [UInt8])] = [
    ("gzip", [0x1F, 0x8B, 0x08]), ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
    ("bzip2", [0x42, 0x5A, 0x68, 0x39, 0x31, 0x41]), ("zstd", [0x28, 0xB5, 0x2F, 0xFD]),
    ("zip", [0x50, 0x4B, 0x03, 0x04]),
  ]

  /// What it is: "a Git LFS pointer, not the file itself".
  public var description: String {
    switch self {
    case .gitLFSPointer: "a Git LFS pointer, not the file itself"
    case .webPage: "a web page, not the file itself"
    case .packed(let program): "compressed by \(program)"
    }
  }

  /// What to do about it.
  public var help: String {
    switch self {
    case .gitLFSPointer: "get the file itself with 'git lfs pull' where it was cloned"
    case .webPage: "open it in a browser to see what the server says, and fetch the file again"
    case .packed: "decompress it first"
    }
  }
}
