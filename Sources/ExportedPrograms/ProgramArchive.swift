import CFetching
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
    let start = try [UInt8](unsafeUninitializedCapacity: min(256, file.size)) { buffer, count in
      count = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
    }
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
    if let problem = libarchive_load() {
      throw Failure(
        .inputOutput, "libarchive cannot be loaded", why: String(cString: problem),
        help: "install it: apt-get install libarchive13")
    }
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
    try visit { path, _, _ in
      guard result.count < 200_000 else { throw damage("it has more than 200000 members") }
      result.append(path)
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
    try visit { path, bytes, read in
      guard let limit = wanted[path] else { return }
      guard bytes >= 0, bytes <= size else {
        throw damage(
          "the member \(Failure.quote(path)) is compressed; torch.export.save stores members as they "
            + "are")
      }
      guard bytes <= limit else {
        throw damage(
          "the member \(Failure.quote(path)) has \(bytes) bytes, at most \(limit) are read")
      }
      try body(path, read(Int(bytes)))
    }
  }

  private typealias Content = (_ size: Int) throws -> [UInt8]

  private func visit(_ body: (String, Int64, Content) throws -> Void) throws {
    guard let archive = libarchive_open_zip(path) else {
      throw Failure(.internalError, "libarchive cannot be initialised", why: "out of memory")
    }
    defer { libarchive_close(archive) }
    var member = libarchive_member()
    while true {
      switch libarchive_next(archive, &member) {
      case 0: return
      case 1: break
      default: throw damage(archive)
      }
      guard member.is_file, let name = member.path.map({ String(cString: $0) }) else { continue }
      try body(name, member.size) { size in
        try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
          while count < size {
            let read = libarchive_read(archive, buffer.baseAddress.map { $0 + count }, size - count)
            guard read > 0 else { throw damage(archive) }
            count += read
          }
          // The checksum is compared at the end of the member.
          var rest: UInt8 = 0
          guard libarchive_read(archive, &rest, 1) == 0 else { throw damage(archive) }
        }
      }
    }
  }

  private func damage(_ archive: OpaquePointer) -> Failure {
    let message = libarchive_message(archive).map { String(cString: $0) } ?? "it ends early"
    return damage("libarchive says: \(Failure.printable(message, limit: 200))")
  }

  private func damage(_ why: String) -> Failure {
    Failure(
      .corrupt, "\(Failure.printable(path, limit: 4096)): the archive cannot be read", why: why,
      help: "write it again with torch.export.save, or copy it again")
  }
}
