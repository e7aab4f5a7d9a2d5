import Glibc
import Store
import TestSupport
import Testing

struct SystemFileOperationsTests {
  private let operations = SystemFileOperations()

  @Test("each call reports the system's error")
  func errors() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      let descriptor = try operations.create(path)
      #expect(throws: SystemError(EEXIST)) { try operations.create(path) }
      #expect(throws: SystemError(EEXIST)) { try operations.link(path, to: path) }
      #expect(throws: SystemError(ENOENT)) { try operations.link(path + "x", to: path + "y") }
      #expect(throws: SystemError(ENOENT)) { try operations.rename(path + "x", to: path) }
      #expect(throws: SystemError(ENOENT)) { try operations.remove(path + "x") }
      #expect(throws: SystemError(ENOENT)) { try operations.synchronizeFolder(path + "x") }
      #expect(throws: SystemError(ENOTDIR)) { try operations.synchronizeFolder(path) }
      #expect(throws: SystemError(EISDIR)) { try operations.openForAppending(folder) }
      try operations.close(descriptor)
      #expect(throws: SystemError(EBADF)) { try operations.close(-1) }
      #expect(throws: SystemError(EBADF)) { try operations.synchronize(-1) }
      #expect(throws: SystemError(EBADF)) {
        try [UInt8(1)].withUnsafeBytes { bytes in _ = try operations.write(bytes, to: -1) }
      }
    }
  }

  @Test("errors are told in the system's words")
  func words() {
    #expect(SystemError(ENOSPC).description == "No space left on device")
    #expect(SystemError(99_999).description == "error 99999")
    let failure = Failure.system(SystemError(EROFS), cannot: "write", "a\nb", needed: 5)
    #expect(
      failure.description == """
        cannot write 'a\\nb'
          why: Read-only file system
          help: choose a folder on a disk that can be written
        """)
    for code in [EACCES, EPERM, ENOENT, EMFILE, ENFILE, EDQUOT] {
      #expect(Failure.system(SystemError(code), cannot: "read", "a").help != nil)
    }
    #expect(Failure.system(SystemError(EIO), cannot: "read", "a").help == nil)
  }
}
