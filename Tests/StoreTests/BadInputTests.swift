import Store
import TestSupport
import Testing

/// Malformed files: each gives its own message, and none can do more than that.
struct BadInputTests {
  /// Reads a file in the format that its name says.
  static func read(_ path: String, as name: String) throws {
    let bytes = try InputFile.bytes(at: path)
    switch name.split(separator: ".").last {
    case "json": _ = try JSONValue.parse(bytes, file: name)
    case "yaml": _ = try YAMLNode.parse(bytes, file: name)
    case "csv": _ = try CSVTable.parse(bytes, file: name)
    case "safetensors": _ = try Safetensors.read(path)
    default: Issue.record("no reader for \(name)")
    }
  }

  @Test("every malformed file gives its message", arguments: Fixtures.badFiles)
  func message(name: String) throws {
    let path = "\(Fixtures.badFolder)/\(name)"
    let expected = String(decoding: try InputFile.bytes(at: path + ".txt"), as: UTF8.self)
    let failure = try #require(failure { try Self.read(path, as: name) })
    #expect(
      failure.description.replacing(Fixtures.badFolder + "/", with: "") + "\n" == expected)
    #expect(failure.exitCode == (name.hasSuffix(".yaml") ? .manifestInvalid : .corrupt))
    // Whatever the file holds, the terminal gets printable text.
    #expect(failure.description.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 32 })
  }

  @Test("there are malformed files for every format, and no message without its file")
  func fixturesAreComplete() throws {
    for format in ["json", "yaml", "csv", "safetensors"] {
      #expect(Fixtures.badFiles.count { $0.hasSuffix("." + format) } >= 10)
    }
    let messages = try Folder.contents(at: Fixtures.badFolder).filter { $0.hasSuffix(".txt") }
    #expect(messages.map { String($0.dropLast(4)) } == Fixtures.badFiles)
  }

  @Test("3000 mutations of good and bad files give a value or a failure, never a crash")
  func mutations() throws {
    try withTemporaryFolder { folder in
      var numbers = TestNumbers(1)
      let names = Fixtures.badFiles.map { "bad/" + $0 } + ["reference.safetensors"]
      for round in 0..<3000 {
        let name = names[round % names.count]
        let bytes = numbers.mutated(try InputFile.bytes(at: "\(Fixtures.folder)/\(name)"))
        let path = "\(folder)/mutated"
        try AtomicFile.write(bytes, to: path, operations: QuickFileOperations())
        do {
          try Self.read(path, as: name)
        } catch is Failure {
          continue
        }
      }
    }
  }
}
