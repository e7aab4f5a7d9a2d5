/// The system calls that change files.
///
/// All writing goes through these, so that tests can make the n-th call fail.
public protocol FileOperations: Sendable {
  /// Creates a file that must not exist yet, and marks it as being written by this process.
  func create(_ path: String) throws(SystemError) -> Int32
  /// Opens a file to add to its end, creating it when there is none.
  func openForAppending(_ path: String) throws(SystemError) -> Int32
  /// Writes some bytes.
  ///
  /// - Returns: How many; may be fewer than given.
  func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError) -> Int
  /// Waits until the content of a file is on the disk.
  func synchronize(_ descriptor: Int32) throws(SystemError)
  /// Closes a file; the descriptor is gone even when this fails.
  func close(_ descriptor: Int32) throws(SystemError)
  /// Gives a file a second name, which must not exist yet.
  func link(_ path: String, to newPath: String) throws(SystemError)
  /// Moves a file to a name, replacing in one step what is there.
  func rename(_ path: String, to newPath: String) throws(SystemError)
  /// Waits until the names in a folder are on the disk.
  func synchronizeFolder(_ path: String) throws(SystemError)
  /// Removes a name.
  func remove(_ path: String) throws(SystemError)
}
