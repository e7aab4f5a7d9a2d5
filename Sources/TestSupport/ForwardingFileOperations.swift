import Store

/// Operations that pass on to others what they do not define themselves.
public protocol ForwardingFileOperations: FileOperations {
  /// The others.
  var real: any FileOperations { get }
}

extension ForwardingFileOperations {
  /// Creates a file.
  public func create(_ path: String) throws(SystemError) -> Int32 { try real.create(path) }

  /// Opens a file to add to its end.
  public func openForAppending(_ path: String) throws(SystemError) -> Int32 {
    try real.openForAppending(path)
  }

  /// Writes some bytes.
  public func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError)
    -> Int
  {
    try real.write(bytes, to: descriptor)
  }

  /// Waits until the content is on the disk.
  public func synchronize(_ descriptor: Int32) throws(SystemError) {
    try real.synchronize(descriptor)
  }

  /// Closes a file.
  public func close(_ descriptor: Int32) throws(SystemError) { try real.close(descriptor) }

  /// Gives a file a second name.
  public func link(_ path: String, to newPath: String) throws(SystemError) {
    try real.link(path, to: newPath)
  }

  /// Moves a file to a name.
  public func rename(_ path: String, to newPath: String) throws(SystemError) {
    try real.rename(path, to: newPath)
  }

  /// Waits until the names are on the disk.
  public func synchronizeFolder(_ path: String) throws(SystemError) {
    try real.synchronizeFolder(path)
  }

  /// Removes a name.
  public func remove(_ path: String) throws(SystemError) { try real.remove(path) }
}

/// Real system calls without waiting for the disk.
public struct QuickFileOperations: ForwardingFileOperations {
  /// The real system calls.
  public let real: any FileOperations = SystemFileOperations()

  /// Creates the operations.
  public init() {}

  /// Does not wait.
  public func synchronize(_ descriptor: Int32) throws(SystemError) {}

  /// Does not wait.
  public func synchronizeFolder(_ path: String) throws(SystemError) {}
}
