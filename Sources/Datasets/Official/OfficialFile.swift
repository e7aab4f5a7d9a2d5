/// A file as its authors publish it.
public struct OfficialFile: Sendable, Hashable {
  /// Path below the folder of its data set.
  public let name: String
  /// Where it can be fetched, the authors' own address first.
  public let addresses: [String]
  /// Size in bytes as published.
  public let size: Int?
  /// SHA-256 of the file as published.
  public let sha256: String?
  /// What a compressed file holds, or a plain file itself: size and SHA-256 of the content.
  ///
  /// A file that was unpacked or packed anew is still the published one when its content is.
  public let content: Content?

  /// Size and checksum of a file's content.
  public struct Content: Sendable, Hashable {
    /// Bytes.
    public let size: Int
    /// SHA-256.
    public let sha256: String

    init(_ size: Int, _ sha256: String) {
      self.size = size
      self.sha256 = sha256
    }
  }

  init(
    _ name: String, _ addresses: [String], size: Int?, sha256: String?, content: Content? = nil
  ) {
    self.name = name
    self.addresses = addresses
    self.size = size
    self.sha256 = sha256
    self.content = content
  }

  /// A plain file: it is its own content.
  init(plain name: String, _ addresses: [String], _ size: Int, _ sha256: String) {
    self.init(
      name, addresses, size: size, sha256: sha256, content: Content(size, sha256))
  }
}
