import CFetching
import Store

/// Supplies the bytes of an archive.
package protocol ArchiveSource: AnyObject {
  /// Gives the next bytes, which stay where they are until the next call.
  ///
  /// - Returns: their number, 0 at the end, -1 when there is an error.
  func supply(_ bytes: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int
}

/// Goes through the members of an archive, read by libarchive.
///
/// Paths of members are what the archive says; what they are used for is the caller's affair.
package final class ArchiveReader {
  /// An ordinary file of an archive.
  package struct Member {
    /// The path as the archive has it.
    package let path: String
    /// Bytes of the content, negative when the archive does not say.
    package let size: Int
    fileprivate let archive: OpaquePointer
    fileprivate let damage: (_ why: String) -> any Error

    /// Reads the content, at the time when the member is visited.
    ///
    /// - Parameter size: bytes that are expected, ``size`` or fewer.
    /// - Throws: what was given for damage, when there are fewer or more bytes, or the checksum that
    ///   the archive has for them is another.
    package func content(_ size: Int) throws -> [UInt8] {
      try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        while count < size {
          let read = libarchive_read(archive, buffer.baseAddress.map { $0 + count }, size - count)
          guard read > 0 else { throw damage(ArchiveReader.message(archive)) }
          count += read
        }
        // Checksums are compared at the end of the member.
        var rest: UInt8 = 0
        guard libarchive_read(archive, &rest, 1) == 0 else {
          throw damage(ArchiveReader.message(archive))
        }
      }
    }
  }

  private let archive: OpaquePointer
  /// libarchive keeps an address only.
  private let source: Source?

  private final class Source {
    let supplier: any ArchiveSource
    init(_ supplier: any ArchiveSource) { self.supplier = supplier }
  }

  /// Loads libarchive.
  ///
  /// - Throws: ``Failure`` when there is none.
  package static func load() throws {
    guard let problem = libarchive_load() else { return }
    throw Failure(
      .inputOutput, "libarchive cannot be loaded", why: String(cString: problem),
      help: "install it: apt-get install libarchive13")
  }

  private init(_ archive: OpaquePointer?, _ source: Source?) throws {
    guard let archive else {
      throw Failure(.internalError, "libarchive cannot be initialised", why: "out of memory")
    }
    (self.archive, self.source) = (archive, source)
  }

  /// Begins to read a zip archive by its directory; what is wrong with it shows later.
  ///
  /// - Throws: ``Failure`` when there is no libarchive.
  package convenience init(zip path: String) throws {
    try Self.load()
    try self.init(libarchive_open_zip(path), nil)
  }

  /// Begins to read a tar archive that is not packed; what is wrong with it shows later.
  ///
  /// - Throws: ``Failure`` when there is no libarchive.
  package convenience init(tar supplier: any ArchiveSource) throws {
    try Self.load()
    let source = Source(supplier)
    let archive = libarchive_open(Unmanaged.passUnretained(source).toOpaque()) { context, bytes in
      guard let context, let bytes else { return -1 }
      return Unmanaged<Source>.fromOpaque(context).takeUnretainedValue().supplier.supply(bytes)
    }
    try self.init(archive, source)
  }

  deinit { libarchive_close(archive) }

  /// Calls `body` with all ordinary files, in the order of the archive.
  ///
  /// - Parameters:
  ///   - damage: makes an error of what libarchive says.
  ///   - body: may read the content.
  /// - Throws: what was given for damage, or what `body` throws.
  package func visit(
    damage: @escaping (_ why: String) -> any Error, each body: (Member) throws -> Void
  ) throws {
    // The archive is used by its address.
    defer { withExtendedLifetime(self) {} }
    var member = libarchive_member()
    while true {
      switch libarchive_next(archive, &member) {
      case 0: return
      case 1: break
      default: throw damage(Self.message(archive))
      }
      guard member.is_file, let path = member.path.map({ String(cString: $0) }) else { continue }
      try body(Member(path: path, size: Int(member.size), archive: archive, damage: damage))
    }
  }

  private static func message(_ archive: OpaquePointer) -> String {
    let message = libarchive_message(archive).map { String(cString: $0) } ?? "it ends early"
    return "libarchive says: \(Failure.printable(message, limit: 200))"
  }
}
