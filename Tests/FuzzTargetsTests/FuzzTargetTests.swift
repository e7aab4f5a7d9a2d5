import Foundation
import FuzzTargets
import Store
import Testing

struct FuzzTargetTests {
  /// Inputs that were written by hand or found by the fuzzer.
  static let corpora = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fuzzing/Corpora").path

  static func inputs(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
    let folder = "\(corpora)/\(target.rawValue)"
    return try Folder.contents(at: folder).map { ($0, try InputFile.bytes(at: "\(folder)/\($0)")) }
  }

  @Test("every input that is kept gives a value or a failure", arguments: FuzzTarget.allCases)
  func replay(target: FuzzTarget) throws {
    let inputs = try Self.inputs(target)
    #expect(!inputs.isEmpty)
    // At least one of them is accepted, or the fuzzer would never get beyond the first check.
    #expect(inputs.contains { target.read($0.bytes) == nil })
  }

  @Test("no folder of inputs without its target, and the folders stay small")
  func corporaAreComplete() throws {
    let folders = try Folder.contents(at: Self.corpora)
    #expect(folders == FuzzTarget.allCases.map(\.rawValue).sorted())
    let sizes = try FuzzTarget.allCases.flatMap { try Self.inputs($0).map(\.bytes.count) }
    #expect(sizes.reduce(0, +) < 1 << 20)
  }

  @Test("hostile inputs give a value or a failure", arguments: HostileInput.all)
  func hostile(input: HostileInput) {
    _ = input.target.read(input.bytes(count: 100 << 10))
  }

  @Test("a wrong exit code or an unprintable message would be noticed")
  func failures() {
    #expect(FuzzTarget.csv.read([0x61, 0x0A, 0x22])?.exitCode == .corrupt)
    #expect(FuzzTarget.idx.read([])?.exitCode == .dataMissing)
    #expect(FuzzTarget.yaml.read(Array("a: [".utf8))?.exitCode == .manifestInvalid)
  }

  /// In a process of its own, where nothing else needs memory.
  @Test("readers need at most four times the file and 16 MiB, and a second for a megabyte")
  func cost() async throws {
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      ReaderCost.checkAll()
    }
    #expect(String(decoding: result.standardErrorContent, as: UTF8.self) == "")
  }
}
