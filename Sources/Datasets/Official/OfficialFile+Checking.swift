import Store

/// What is known of a data file once its content has been looked at.
public enum DataFileState: Sendable, Equatable {
  /// It is the published one, perhaps packed anew or unpacked.
  case verified
  /// There is none.
  case missing
  /// It has another number of bytes than the published one.
  case wrongSize(expected: Int, found: Int)
  /// It has as many bytes as the published one, but others.
  case wrongChecksum(expected: String, found: String)
  /// No checksum is published; its own is given.
  case unverifiable(found: String)
  /// It is something else altogether, or no checksum is published and it cannot be read.
  case damaged(String)

  /// Whether nothing speaks against the file.
  public var isUsable: Bool {
    switch self {
    case .verified, .unverifiable: true
    case .missing, .wrongSize, .wrongChecksum, .damaged: false
    }
  }

  /// The state in a word or two.
  public var label: String {
    switch self {
    case .verified: "ok"
    case .missing: "missing"
    case .wrongSize: "wrong size"
    case .wrongChecksum: "wrong checksum"
    case .unverifiable: "no published checksum"
    case .damaged: "damaged"
    }
  }

  /// What was found and what is published; empty when they are the same.
  public var reason: String {
    switch self {
    case .verified: ""
    case .missing: "there is no such file"
    case .wrongSize(let expected, let found): "\(found) bytes, published are \(expected)"
    case .wrongChecksum(let expected, let found): "SHA-256 \(found), published is \(expected)"
    case .unverifiable(let found): "SHA-256 \(found)"
    case .damaged(let why): why
    }
  }
}

extension OfficialFile {
  /// Bytes that a file without a published size may have: the limit of the readers of texts.
  private static let unknownSize = 256 << 20

  /// Bytes that a copy of the file may have, plain or packed, to be worth reading.
  public var maximumSize: Int {
    guard let content else { return size ?? Self.unknownSize }
    // What cannot be packed becomes a little larger by packing.
    return max(size ?? 0, content.size + content.size / 1000 + 1024)
  }

  /// Compares bytes with what is published: as they are, or unpacked when they are a gzip file.
  public func check(_ bytes: [UInt8]) -> DataFileState {
    let digest = SHA256.digest(of: bytes)
    if let sha256, digest == sha256 { return .verified }
    if !Gzip.isCompressed(bytes), let mistaken = MistakenContent(bytes) {
      return .damaged("it is \(mistaken.description)")
    }
    guard let content else {
      do {
        _ = try DataFile.content(of: bytes, file: name, maximumSize: Self.unknownSize)
        return .unverifiable(found: digest)
      } catch {
        return .damaged((error as? Failure).map { $0.why ?? $0.what } ?? "\(error)")
      }
    }
    guard
      let plain = try? DataFile.content(of: bytes, file: name, maximumSize: content.size)
    else {
      if let size, bytes.count == size, let sha256 {
        return .wrongChecksum(expected: sha256, found: digest)
      }
      return .wrongSize(expected: size ?? content.size, found: bytes.count)
    }
    guard plain.count == content.size else {
      return .wrongSize(expected: content.size, found: plain.count)
    }
    let found = SHA256.digest(of: plain)
    return found == content.sha256
      ? .verified : .wrongChecksum(expected: content.sha256, found: found)
  }
}
