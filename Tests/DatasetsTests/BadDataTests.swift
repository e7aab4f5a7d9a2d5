import Datasets
import Foundation
import Store
import Testing

/// Malformed data files: one for every way in which a reader can refuse, each with its message.
struct BadDataTests {
  static let folder = Bundle.module.bundlePath + "/Fixtures/bad"

  static let files: [String] =
    ((try? Folder.contents(at: folder)) ?? []).filter { !$0.hasSuffix(".txt") }

  static let formats = ["gz", "idx", "cifar", "scan", "math", "npy", "npz", "columns", "png"]

  /// The same folder among the sources, where `MODLAB_WRITE_GOLDENS=1` writes the messages.
  static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures/bad").path

  /// Reads a file in the format that its name says.
  static func read(_ bytes: [UInt8], as name: String) throws {
    switch name.split(separator: ".").last {
    case "gz": _ = try Gzip.decompress(bytes, file: name, maximumSize: 1 << 20)
    case "idx": _ = try IDXFile.parse(bytes, file: name)
    case "cifar": _ = try CIFAR10Batch.parse(bytes, file: name)
    case "scan": _ = try SCAN.parse(bytes, file: name)
    case "math": _ = try MathematicsProblems.parse(bytes, file: name)
    case "npy": _ = try bytes.withUnsafeBytes { try NPYFile.header(of: $0, file: name) }
    case "npz":
      // Archives are mapped: the path is part of the message.
      do {
        _ = try ArrayReference("\(folder)/\(name)#x").open()
      } catch var failure as Failure {
        failure.what = failure.what.replacing(folder + "/", with: "")
        throw failure
      }
    case "png": _ = try PNGImage.parse(bytes, file: name)
    case "columns":
      let columns = try CSVColumns(bytes, file: name)
      for column in ["x", "y"] { _ = try columns.numbers(column) }
    default: Issue.record("no reader for \(name)")
    }
  }

  @Test("every malformed file gives its message", arguments: files)
  func message(name: String) throws {
    let path = "\(Self.folder)/\(name)"
    let bytes = try InputFile.bytes(at: path)
    let failure = try #require(failure { try Self.read(bytes, as: name) })
    if ProcessInfo.processInfo.environment["MODLAB_WRITE_GOLDENS"] != nil {
      return try AtomicFile.write("\(failure)\n", to: "\(Self.sources)/\(name).txt")
    }
    let expected = String(decoding: try InputFile.bytes(at: path + ".txt"), as: UTF8.self)
    #expect(failure.description + "\n" == expected)
    #expect(failure.exitCode == .dataMissing)
    #expect(failure.description.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 32 })
  }

  @Test("no message without its file, and files for every format")
  func fixturesAreComplete() throws {
    for format in Self.formats { #expect(Self.files.count { $0.hasSuffix("." + format) } >= 4) }
    let messages = try Folder.contents(at: Self.folder).filter { $0.hasSuffix(".txt") }
    #expect(messages.map { String($0.dropLast(4)) } == Self.files)
  }

  @Test("hostile names of files cannot reach the terminal")
  func names() {
    for name in ["a\nb", "a\u{1B}[31m", "a\0b"] {
      let failure = failure { _ = try IDXFile.parse([1, 2, 3, 4], file: name) }
      #expect(failure?.description.contains(name) == false)
    }
  }
}

/// The failure that `body` throws, nil when it throws none.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure
  }
}
