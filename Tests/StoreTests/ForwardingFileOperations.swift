import Store

/// Operations that pass on to others what they do not define themselves.
protocol ForwardingFileOperations: FileOperations {
  /// The others.
  var real: any FileOperations { get }
}

extension ForwardingFileOperations {
  func create(_ path: String) throws(SystemError) -> Int32 { try real.create(path) }

  func openForAppending(_ path: String) throws(SystemError) -> Int32 {
    try real.openForAppending(path)
  }

  func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError) -> Int {
    try real.write(bytes, to: descriptor)
  }

  func synchronize(_ descriptor: Int32) throws(SystemError) { try real.synchronize(descriptor) }

  func close(_ descriptor: Int32) throws(SystemError) { try real.close(descriptor) }

  func link(_ path: String, to newPath: String) throws(SystemError) {
    try real.link(path, to: newPath)
  }

  func rename(_ path: String, to newPath: String) throws(SystemError) {
    try real.rename(path, to: newPath)
  }

  func synchronizeFolder(_ path: String) throws(SystemError) { try real.synchronizeFolder(path) }

  func remove(_ path: String) throws(SystemError) { try real.remove(path) }
}

/// Real system calls without waiting for the disk.
struct QuickFileOperations: ForwardingFileOperations {
  let real: any FileOperations = SystemFileOperations()

  func synchronize(_ descriptor: Int32) throws(SystemError) {}

  func synchronizeFolder(_ path: String) throws(SystemError) {}
}
