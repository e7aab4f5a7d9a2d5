extension AtomicFile {
  /// Takes the content of a file piece by piece.
  ///
  /// Small pieces are gathered; large ones go to the system straight from the caller's memory.
  public final class Writer {
    /// Pieces of at least this size are not gathered.
    static let bufferSize = 64 << 10

    /// Bytes taken so far.
    public private(set) var count = 0
    private var writtenCount = 0

    private let path: String
    private let descriptor: Int32
    private let operations: any FileOperations
    private var gathered: [UInt8] = []
    private var isOpen = true

    init(path: String, descriptor: Int32, operations: any FileOperations) {
      self.path = path
      self.descriptor = descriptor
      self.operations = operations
    }

    deinit { close() }

    /// Appends bytes.
    ///
    /// - Throws: ``Failure`` with ``ExitCode/inputOutput``; the file will not come into being.
    public func append(_ bytes: UnsafeRawBufferPointer) throws {
      precondition(isOpen, "a writer cannot be used after its file is complete")
      count += bytes.count
      if bytes.count < Writer.bufferSize {
        gathered.append(contentsOf: bytes)
        if gathered.count >= Writer.bufferSize { try flush() }
      } else {
        try flush()
        try write(bytes)
      }
    }

    /// Appends bytes.
    public func append(_ bytes: [UInt8]) throws {
      try bytes.withUnsafeBytes { try append($0) }
    }

    /// Appends a text in UTF-8.
    public func append(_ text: String) throws {
      var text = text
      try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
    }

    /// Writes what is gathered and brings the file to the disk.
    func finish() throws {
      try flush()
      do {
        try operations.synchronize(descriptor)
      } catch {
        throw Failure.system(error, cannot: "write", path, needed: count - writtenCount)
      }
    }

    /// Closes the file; what is on the disk by then cannot be lost by an error here.
    func close() {
      if isOpen { try? operations.close(descriptor) }
      isOpen = false
    }

    private func flush() throws {
      guard !gathered.isEmpty else { return }
      try gathered.withUnsafeBytes { try write($0) }
      gathered.removeAll(keepingCapacity: true)
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
      var rest = bytes[...]
      while !rest.isEmpty {
        do {
          let written = try operations.write(UnsafeRawBufferPointer(rebasing: rest), to: descriptor)
          rest = rest.dropFirst(written)
          writtenCount += written
        } catch {
          throw Failure.system(error, cannot: "write", path, needed: count - writtenCount)
        }
      }
    }
  }
}
