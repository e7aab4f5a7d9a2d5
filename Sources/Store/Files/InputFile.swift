import Glibc

/// A regular file opened for reading.
public final class InputFile {
  /// The path as given.
  public let path: String
  /// Size in bytes when the file was opened.
  public let size: Int
  private let descriptor: Int32

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - missing: What it means to the caller when there is no such file.
  /// - Throws: ``Failure``: `missing`, or ``ExitCode/inputOutput`` when it cannot be read or is a
  ///   folder, pipe or device.
  public init(_ path: String, missing: ExitCode = .dataMissing) throws {
    // Without O_NONBLOCK the opening of a named pipe would wait for somebody to write to it.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    self.path = path
    guard descriptor >= 0 else {
      let error = SystemError.last
      size = 0
      var failure = Failure.system(error, cannot: "read", path)
      if error.code == ENOENT || error.code == ENOTDIR {
        failure.exitCode = missing
        failure.help = "check the path"
      }
      throw failure
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      size = 0
      throw Failure.system(.last, cannot: "read", path)
    }
    size = Int(status.st_size)
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(
        .inputOutput, "cannot read \(Failure.quote(path: path))",
        why: status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "it is not a regular file")
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Reads up to `buffer.count` bytes from an offset.
  ///
  /// - Returns: Number of bytes read; fewer than asked for only at the end of the file.
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput``.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure.system(.last, cannot: "read", path)
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// The first bytes, fewer where the file is shorter.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/inputOutput``.
  public func beginning(_ count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: min(count, size)) { buffer, initialized in
      initialized = try read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
    }
  }

  /// The content as memory that belongs to the caller; nothing for an empty file.
  func mapped() throws -> UnsafeRawBufferPointer {
    guard size > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let start, start != MAP_FAILED else {
      throw Failure.system(.last, cannot: "map", path)
    }
    return UnsafeRawBufferPointer(start: start, count: size)
  }

  /// Reads a whole file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - maximumSize: A larger file is refused before any memory is requested.
  ///   - missing: What it means to the caller when there is no such file.
  ///   - tooLarge: What it means to the caller when the file is larger than `maximumSize`.
  public static func bytes(
    at path: String, maximumSize: Int = 1 << 30, missing: ExitCode = .dataMissing,
    tooLarge: ExitCode = .corrupt
  ) throws -> [UInt8] {
    let file = try InputFile(path, missing: missing)
    guard file.size <= maximumSize else {
      throw Failure(
        tooLarge, "\(Failure.quote(path: path)) is too large",
        why: "\(file.size) bytes, at most \(maximumSize) are read")
    }
    return try file.beginning(file.size)
  }
}
