import Archives
import Store

/// The members of a `.pt2` file, as `torch.export.save` writes it: an uncompressed zip archive.
///
/// Paths in the archive are compared with expected ones and used for nothing else; what is no part of
/// graph and weights, the pickled sample inputs among it, is never read.
///
/// **Reference**: PT2 Archive Spec, https://docs.pytorch.org/docs/stable/export/pt2_archive.html
struct ProgramArchive {
  let path: String
  let size: Int

  /// Looks at the beginning of a file.
  ///
  /// - Throws: ``Failure``: data missing, or corrupt for a file that is no zip archive.
  init(_ path: String) throws {
    let file = try InputFile(path)
    let start = try file.beginning(256)
    self.path = path
    size = file.size
    if start.starts(with: [0x80]) { throw Self.pickle(path) }
    let mistaken = MistakenContent(start)
    if mistaken != .packed(by: "zip") {
      throw Failure(
        .corrupt,
        "\(Failure.printable(path, limit: 4096)) is no file of torch.export.save: it is "
          + (mistaken?.description ?? (start.isEmpty ? "empty" : "no zip archive")),
        help: mistaken?.help
          ?? "write it in Python with torch.export.save(torch.export.export(model.eval(), (x,)), "
          + "'net.pt2'); weights alone are read from safetensors")
    }
    try ArchiveReader.load()
  }

  /// A file of `torch.save`.
  static func pickle(_ path: String) -> Failure {
    Failure(
      .corrupt,
      "\(Failure.printable(path, limit: 4096)) is a file of torch.save, not of torch.export.save",
      why: "it is a pickle, which may run any program when it is read; modlab never reads one",
      help: "in Python: torch.export.save(torch.export.export(model.eval(), (x,)), 'net.pt2'), or "
        + "safetensors.torch.save_file(model.state_dict(), 'net.safetensors')")
  }

  /// The paths of all ordinary files, in the order of the archive.
  func paths() throws -> [String] {
    var result: [String] = []
    try visit { member in
      guard result.count < 200_000 else { throw damage("it has more than 200000 members") }
      result.append(member.path)
    }
    return result
  }

  /// Reads members.
  ///
  /// - Parameters:
  ///   - wanted: their paths, each with the number of bytes that it may have at most.
  ///   - body: takes path and content of a member.
  /// - Throws: ``Failure`` (corrupt) for a damaged archive, or a member that is packed or too large.
  func read(_ wanted: [String: Int], _ body: (String, [UInt8]) throws -> Void) throws {
    try visit { member in
      guard let limit = wanted[member.path] else { return }
      guard member.size >= 0, member.size <= size else {
        throw damage(
          "the member \(Failure.quote(member.path)) is compressed; torch.export.save stores members as "
            + "they are")
      }
      guard member.size <= limit else {
        throw damage(
          "the member \(Failure.quote(member.path)) has \(member.size) bytes, at most \(limit) are read"
        )
      }
      try body(member.path, member.content(member.size))
    }
  }

  private func visit(_ body: (ArchiveReader.Member) throws -> Void) throws {
    try ArchiveReader(zip: path).visit(damage: { damage($0) }, each: body)
  }

  private func damage(_ why: String) -> Failure {
    Failure(
      .corrupt, "\(Failure.printable(path, limit: 4096)): the archive cannot be read", why: why,
      help: "write it again with torch.export.save, or copy it again")
  }
}
