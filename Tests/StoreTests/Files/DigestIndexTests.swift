import Foundation
import TestSupport
import Testing

@testable import Store

struct DigestIndexTests {
  private let ofOne = SHA256.digest(of: "one")
  private let ofTwo = SHA256.digest(of: "two")

  /// A file that has not changed for a long time.
  private func write(_ text: String, to path: String, age: Int = 100) throws {
    try AtomicFile.write(text, to: path)
    setAge(of: path, seconds: age)
  }

  /// Changes a file without changing its fingerprint, which shows whether it is read.
  private func changeUnnoticed(_ text: String, _ path: String, age: Int = 100) throws {
    let before = FileFingerprint(path: path)
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
    setAge(of: path, seconds: age)
    try #require(FileFingerprint(path: path) == before)
  }

  @Test("a file that has not changed is not read again, also by another process")
  func remembers() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      try write("one", to: path)
      let index = DigestIndex(folder: folder)
      #expect(index.knownDigest(of: path) == nil)
      #expect(try index.digest(of: path) == ofOne)
      #expect(index.knownDigest(of: path) == ofOne)
      index.save()
      try changeUnnoticed("two", path)
      #expect(try index.digest(of: path) == ofOne)
      #expect(try DigestIndex(folder: folder).digest(of: path) == ofOne)
      #expect(try SHA256.file(at: path) == ofTwo)
    }
  }

  @Test("who rereads a file finds every change, and the index knows it afterwards")
  func rereads() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      try write("one", to: path)
      let index = DigestIndex(folder: folder)
      #expect(try index.digest(of: path) == ofOne)
      try changeUnnoticed("two", path)
      #expect(try index.digest(of: path) == ofOne)
      #expect(try index.digest(of: path, rereads: true) == ofTwo)
      #expect(try index.digest(of: path) == ofTwo)
      index.save()
      #expect(DigestIndex(folder: folder).knownDigest(of: path) == ofTwo)
    }
  }

  @Test("a changed file is read: another size, time or inode")
  func notices() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      try write("one", to: path)
      let index = DigestIndex(folder: folder)
      #expect(try index.digest(of: path) == ofOne)
      // A new file with the old time.
      try write("two", to: "\(folder)/b")
      try #require(rename("\(folder)/b", path) == 0)
      #expect(index.knownDigest(of: path) == nil)
      #expect(try index.digest(of: path) == ofTwo)
      // Another time.
      let handle = try #require(FileHandle(forUpdatingAtPath: path))
      try handle.write(contentsOf: Data("one".utf8))
      try handle.close()
      setAge(of: path, seconds: 99)
      #expect(try index.digest(of: path) == ofOne)
      // Another size.
      try handleAppend("!", path)
      setAge(of: path, seconds: 99)
      #expect(try index.digest(of: path) == SHA256.digest(of: "one!"))
    }
  }

  private func handleAppend(_ text: String, _ path: String) throws {
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }

  @Test("a file that has only just been modified, or in the future, is not remembered")
  func racyClean() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      let index = DigestIndex(folder: folder)
      try AtomicFile.write("one", to: path)
      // An hour ahead stands for "less than two seconds ago", whatever the speed of the machine.
      for ahead in [0, 3600] {
        let moment = timespec(tv_sec: time(nil) + ahead, tv_nsec: 0)
        try #require(utimensat(AT_FDCWD, path, [moment, moment], 0) == 0)
        #expect(try index.digest(of: path) == ofOne)
        if ahead > 0 { #expect(index.knownDigest(of: path) == nil) }
      }
      index.save()
      let saved = DigestIndex(folder: folder)
      #expect(saved.knownDigest(of: path) == nil)
    }
  }

  @Test("damage of any byte, or another file in its place, makes the index empty")
  func damage() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      try write("one", to: path)
      let index = DigestIndex(folder: folder)
      _ = try index.digest(of: path)
      index.save()
      let file = "\(folder)/\(DigestIndex.fileName)"
      let bytes = try InputFile.bytes(at: file)
      for place in bytes.indices {
        var damaged = bytes
        damaged[place] ^= 1
        try AtomicFile.write(to: file, operations: QuickFileOperations()) {
          try $0.append(damaged)
        }
        let known = DigestIndex(folder: folder).knownDigest(of: path)
        #expect(known == nil || known == ofOne)
      }
      for text in ["", "[]", "{}", #"{"schema":"modlab-digests-1","files":[],"sha256":""}"#] {
        try AtomicFile.write(text, to: file)
        let empty = DigestIndex(folder: folder)
        #expect(empty.knownDigest(of: path) == nil)
        #expect(try empty.digest(of: path) == ofOne)
      }
      // And it is written anew.
      let healed = DigestIndex(folder: folder)
      _ = try healed.digest(of: path)
      healed.save()
      #expect(DigestIndex(folder: folder).knownDigest(of: path) == ofOne)
    }
  }

  @Test("two indices of one folder lose nothing; files that are gone are forgotten")
  func merging() throws {
    try withTemporaryFolder { folder in
      for name in ["a", "b", "c"] { try write("one", to: "\(folder)/\(name)") }
      let first = DigestIndex(folder: folder)
      let second = DigestIndex(folder: folder)
      _ = try first.digest(of: "\(folder)/a")
      _ = try second.digest(of: "\(folder)/b")
      _ = try second.digest(of: "\(folder)/c")
      try AtomicFile.operations.remove("\(folder)/c")
      first.save()
      second.save()
      let both = DigestIndex(folder: folder)
      #expect(both.knownDigest(of: "\(folder)/a") == ofOne)
      #expect(both.knownDigest(of: "\(folder)/b") == ofOne)
      let text = try InputFile.bytes(at: "\(folder)/\(DigestIndex.fileName)")
      #expect(!String(decoding: text, as: UTF8.self).contains(#""c""#))
      // Nothing new: the file stays as it is.
      let before = FileFingerprint(path: "\(folder)/\(DigestIndex.fileName)")
      both.save()
      #expect(FileFingerprint(path: "\(folder)/\(DigestIndex.fileName)") == before)
    }
  }

  @Test("the index moves with its folder; files outside are known by their real path")
  func places() throws {
    try withTemporaryFolder { folder in
      try Folder.create(at: "\(folder)/old/deep")
      try write("one", to: "\(folder)/old/deep/a")
      try write("two", to: "\(folder)/outside")
      try #require(symlink("outside", "\(folder)/link") == 0)
      let index = DigestIndex(folder: "\(folder)/old")
      _ = try index.digest(of: "\(folder)/old/deep/a")
      _ = try index.digest(of: "\(folder)/link")
      index.save()
      try #require(rename("\(folder)/old", "\(folder)/new") == 0)
      let moved = DigestIndex(folder: "\(folder)/new")
      #expect(moved.knownDigest(of: "\(folder)/new/deep/a") == ofOne)
      #expect(moved.knownDigest(of: "\(folder)/outside") == ofTwo)
    }
  }

  @Test("a missing file is the caller's failure, an index that cannot be written is none")
  func failures() throws {
    try withTemporaryFolder { folder in
      let index = DigestIndex(folder: "\(folder)/nowhere")
      let missing = failure { _ = try index.digest(of: "\(folder)/a", missing: .corrupt) }
      #expect(missing?.exitCode == .corrupt)
      try write("one", to: "\(folder)/a")
      #expect(try index.digest(of: "\(folder)/a") == ofOne)
      index.save()
      #expect(index.knownDigest(of: "\(folder)/a") == ofOne)
      #expect(try Folder.contents(at: folder) == ["a"])

      let full = DigestIndex(folder: folder)
      _ = try full.digest(of: "\(folder)/a")
      full.save(
        operations: FaultyFileOperations(.write, number: 1, action: .fail(SystemError(ENOSPC))))
      #expect(try Folder.contents(at: folder) == ["a"])
      full.save()
      #expect(DigestIndex(folder: folder).knownDigest(of: "\(folder)/a") == ofOne)
    }
  }
}
