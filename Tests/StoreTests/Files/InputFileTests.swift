import Glibc
import Store
import TestSupport
import Testing

struct InputFileTests {
  @Test("files are read whole and in parts")
  func reading() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      try AtomicFile.write([1, 2, 3, 4, 5], to: path)
      #expect(try InputFile.bytes(at: path) == [1, 2, 3, 4, 5])
      let file = try InputFile(path)
      #expect(file.size == 5)
      var part = [UInt8](repeating: 0, count: 4)
      #expect(try part.withUnsafeMutableBytes { try file.read(into: $0, at: 3) } == 2)
      #expect(part == [4, 5, 0, 0])
      #expect(try part.withUnsafeMutableBytes { try file.read(into: $0, at: 9) } == 0)
    }
  }

  @Test("missing, too large and strange files are told apart")
  func refusals() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      try AtomicFile.write("12345", to: path)
      let missing = failure { _ = try InputFile.bytes(at: "\(folder)/x", missing: .usage) }
      #expect(missing?.exitCode == .usage)
      #expect(missing?.what == "cannot read '\(folder)/x'")
      #expect(failure { _ = try InputFile("\(path)/x") }?.exitCode == .dataMissing)
      let large = failure {
        _ = try InputFile.bytes(at: path, maximumSize: 4, tooLarge: .manifestInvalid)
      }
      #expect(large?.exitCode == .manifestInvalid)
      #expect(large?.why == "5 bytes, at most 4 are read")
      #expect(failure { _ = try InputFile(folder) }?.why == "it is a folder")
      #expect(failure { _ = try InputFile("/dev/zero") }?.why == "it is not a regular file")
      // Opening a pipe must not wait for a writer.
      #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
      #expect(failure { _ = try InputFile("\(folder)/pipe") }?.exitCode == .inputOutput)
    }
  }
}
