import CLibcrypto

/// The SHA-256 checksum of a stream of bytes, computed by libcrypto.
///
/// A value: a copy can be continued independently of the original.
public struct SHA256 {
  private final class Context {
    let pointer: OpaquePointer

    init() {
      guard let pointer = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
      self.pointer = pointer
    }

    deinit { EVP_MD_CTX_free(pointer) }
  }

  /// Number of bytes of a digest.
  public static let byteCount = 32

  private var context = Context()

  /// Starts the checksum of no bytes.
  public init() {
    let isReady = EVP_DigestInit_ex(context.pointer, EVP_sha256(), nil) == 1
    precondition(isReady, "libcrypto offers no SHA-256")
  }

  /// Continues with more bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    if !isKnownUniquelyReferenced(&context) {
      let copy = Context()
      let isCopied = EVP_MD_CTX_copy_ex(copy.pointer, context.pointer) == 1
      precondition(isCopied, "libcrypto cannot copy a checksum")
      context = copy
    }
    let isUpdated = EVP_DigestUpdate(context.pointer, bytes.baseAddress, bytes.count) == 1
    precondition(isUpdated, "libcrypto cannot continue a checksum")
  }

  /// Continues with more bytes.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// Continues with the UTF-8 form of a text.
  public mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  /// The checksum of all bytes so far, as 64 lower-case hexadecimal digits.
  ///
  /// The stream can be continued afterwards.
  public func finish() -> String {
    let final = Context()
    var digest = [UInt8](repeating: 0, count: SHA256.byteCount)
    let isFinished =
      EVP_MD_CTX_copy_ex(final.pointer, context.pointer) == 1
      && EVP_DigestFinal_ex(final.pointer, &digest, nil) == 1
    precondition(isFinished, "libcrypto cannot finish a checksum")
    return digest.reduce(into: "") { hex, byte in
      hex += (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
  }

  /// The checksum of some bytes.
  public static func digest(of bytes: [UInt8]) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }

  /// The checksum of the UTF-8 form of a text.
  public static func digest(of text: String) -> String {
    var hash = SHA256()
    hash.update(text)
    return hash.finish()
  }

  /// The checksum of a file, read in pieces of 1 MiB.
  ///
  /// - Throws: ``Failure`` when the file is missing (`missing`) or cannot be read.
  public static func file(at path: String, missing: ExitCode = .dataMissing) throws -> String {
    let file = try InputFile(path, missing: missing)
    var hash = SHA256()
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    var offset = 0
    while true {
      let count = try piece.withUnsafeMutableBytes { try file.read(into: $0, at: offset) }
      if count == 0 { return hash.finish() }
      piece.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      offset += count
    }
  }
}
