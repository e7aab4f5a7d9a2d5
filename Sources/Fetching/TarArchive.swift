import Archives
import CZlib
import Store

/// A tar archive, plain or packed by gzip, from which files with known names are taken.
///
/// zlib unpacks, since it compares the checksum of what it unpacks with that in the file; libarchive
/// reads the members. Paths in the archive are compared with the expected ones and used for nothing
/// else.
final class TarArchive: ArchiveSource {
  private let path: String
  private let limit: Int
  private let observe: () throws -> Void
  private let file: gzFile
  private let place: UnsafeMutableRawBufferPointer
  private var unpacked = 0
  private var error: (any Error)?

  /// Opens an archive.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - maximumSize: Bytes that the archive may have when it is unpacked.
  ///   - observe: Called often; what it throws ends the reading.
  /// - Throws: ``Failure`` when it cannot be opened, or there is no libarchive.
  init(
    _ path: String, maximumSize: Int, observe: @escaping () throws -> Void = {}
  ) throws {
    _ = try InputFile(path)
    try ArchiveReader.load()
    guard let file = gzopen(path, "rbe") else {
      throw Failure(.inputOutput, "cannot read \(Failure.quote(path: path))", why: "zlib refuses")
    }
    self.path = path
    self.file = file
    self.observe = observe
    limit = maximumSize
    place = .allocate(byteCount: 256 << 10, alignment: 16)
  }

  deinit {
    gzclose(file)
    place.deallocate()
  }

  /// Unpacks everything without looking at it, so that damage shows.
  ///
  /// - Throws: ``Failure`` (data missing) when the archive is damaged.
  func checkPacking() throws {
    while try next() > 0 {}
  }

  /// Reads the files with expected paths, in the order of the archive.
  ///
  /// - Parameters:
  ///   - sizes: Paths, each with the number of bytes that the file may have; larger ones are passed
  ///     over, as are links, folders and all other paths.
  ///   - body: Takes the path and the bytes of a file.
  /// - Throws: ``Failure`` (data missing) when the archive is damaged, or what `body` throws.
  func read(_ sizes: [String: Int], _ body: (String, [UInt8]) throws -> Void) throws {
    try ArchiveReader(tar: self).visit(damage: { self.damage($0) }) { member in
      let name = Self.normal(member.path)
      guard let maximum = sizes[name], member.size >= 0, member.size <= maximum else { return }
      try body(name, member.content(member.size))
    }
  }

  /// A path without the `./` that some programs put in front.
  private static func normal(_ path: String) -> String {
    path.hasPrefix("./") ? String(path.dropFirst(2)) : path
  }

  // MARK: - Unpacking

  /// The next bytes for libarchive; an error is kept, since none can pass through it.
  func supply(_ bytes: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
    do {
      let count = try next()
      bytes.pointee = UnsafeRawPointer(place.baseAddress)
      return count
    } catch {
      self.error = error
      return -1
    }
  }

  private func next() throws -> Int {
    try observe()
    let count = Int(gzread(file, place.baseAddress, UInt32(place.count)))
    var code: Int32 = Z_OK
    let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
    guard count > 0 || (count == 0 && (code == Z_OK || code == Z_STREAM_END)) else {
      // zlib puts the path in front.
      throw damage(because: "zlib says: \(message.replacing(path + ": ", with: ""))")
    }
    unpacked += count
    guard unpacked <= limit else {
      throw damage(because: "it unpacks to more than \(limit) bytes")
    }
    return count
  }

  /// The error that was kept, or what libarchive says.
  private func damage(_ why: String) -> any Error { error ?? damage(because: why) }

  private func damage(because why: String) -> Failure {
    Failure(
      .dataMissing, "\(Failure.printable(path, limit: 4096)): the archive cannot be read", why: why,
      help: "fetch the file again; it is not the published one")
  }
}
