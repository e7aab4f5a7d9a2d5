import ExportedPrograms
import Foundation
import NetworkFiles
import NeuralNetworks
import Store
import Tensors
import TestSupport
import Testing

/// Files of others as they are wrong: each gives its own message.
@Suite struct BadImportTests {
  /// Reads a program, or the state dictionary of a network of two linear layers.
  private static func read(_ name: String) throws {
    let path = "\(ImportFixtures.bad)/\(name)"
    if name.hasSuffix(".pt2") {
      _ = try ImportedNetwork(program: path)
    } else {
      _ = try ImportedNetwork(
        description: .feedForward(sizes: [5, 6, 4]), input: ImportedInput(shape: [5]),
        weights: path)
    }
  }

  /// With `MODLAB_WRITE_GOLDENS=1` the messages are written instead of compared.
  @Test("every file gives its message", arguments: ImportFixtures.badFiles)
  func message(name: String) throws {
    let failure = try #require(#expect(throws: Failure.self) { try Self.read(name) })
    #expect(failure.exitCode == .corrupt)
    let text = failure.description.replacing(ImportFixtures.bad + "/", with: "") + "\n"
    let path = "\(ImportFixtures.bad)/\(name).txt"
    if ProcessInfo.processInfo.environment["MODLAB_WRITE_GOLDENS"] != nil {
      try AtomicFile.write(Array(text.utf8), to: path)
    } else {
      #expect(text == String(decoding: try InputFile.bytes(at: path), as: UTF8.self))
    }
  }

  @Test("no message without its file, and no two files for one message")
  func fixturesAreComplete() throws {
    let messages = try Folder.contents(at: ImportFixtures.bad).filter { $0.hasSuffix(".txt") }
    #expect(messages.map { String($0.dropLast(4)) } == ImportFixtures.badFiles)
    #expect(ImportFixtures.badFiles.count >= 60)
  }

  @Test("a missing file is a matter of data")
  func missing() {
    let failure = #expect(throws: Failure.self) { try ImportedNetwork(program: "nowhere.pt2") }
    #expect(failure?.exitCode == .dataMissing)
  }
}
