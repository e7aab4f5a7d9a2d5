import Foundation
import Store
import TestSupport
import Testing

struct FileFingerprintTests {
  @Test("a fingerprint changes with size, modification time and inode, and with nothing else")
  func parts() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      try AtomicFile.write("one", to: path)
      setAge(of: path, seconds: 100)
      let first = try #require(FileFingerprint(path: path))
      #expect(first.size == 3)
      #expect(first.modificationTime % 1_000_000_000 == 5)
      #expect(FileFingerprint(path: path) == first)
      try #require(chmod(path, 0o600) == 0)
      #expect(FileFingerprint(path: path) == first)

      setAge(of: path, seconds: 99)
      let touched = try #require(FileFingerprint(path: path))
      #expect(touched.inode == first.inode)
      #expect(touched.modificationTime - first.modificationTime == 1_000_000_000)

      try AtomicFile.write("two", to: "\(folder)/b")
      setAge(of: "\(folder)/b", seconds: 100)
      let other = try #require(FileFingerprint(path: "\(folder)/b"))
      #expect(other.inode != first.inode)
      #expect(other.modificationTime == first.modificationTime)
    }
  }

  @Test("links are followed; folders, pipes and nothing have no fingerprint")
  func kinds() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("x", to: "\(folder)/a")
      try #require(symlink("a", "\(folder)/link") == 0)
      try #require(mkfifo("\(folder)/pipe", 0o600) == 0)
      #expect(FileFingerprint(path: "\(folder)/link") == FileFingerprint(path: "\(folder)/a"))
      #expect(FileFingerprint(path: folder) == nil)
      #expect(FileFingerprint(path: "\(folder)/pipe") == nil)
      #expect(FileFingerprint(path: "\(folder)/none") == nil)
    }
  }

  @Test("a fingerprint survives JSON; parts that are missing give none")
  func json() throws {
    let fingerprint = FileFingerprint(size: 12, modificationTime: -5, inode: .max)
    #expect(FileFingerprint(json: fingerprint.json) == fingerprint)
    let text = fingerprint.json.serialized()
    #expect(text == #"{"inode":9223372036854775807,"modification_time_ns":-5,"size":12}"#)
    #expect(FileFingerprint(json: ["size": 12, "inode": 3]) == nil)
    #expect(FileFingerprint(json: ["size": 1.5, "modification_time_ns": 2, "inode": 3]) == nil)
    #expect(FileFingerprint(json: "x") == nil)
  }
}

/// Sets the modification time of a file to some seconds before a fixed moment long ago.
func setAge(of path: String, seconds: Int) {
  let moment = timespec(tv_sec: 1_700_000_000 - seconds, tv_nsec: 5)
  let result = utimensat(AT_FDCWD, path, [moment, moment], 0)
  precondition(result == 0, "cannot set the time of \(path)")
}
