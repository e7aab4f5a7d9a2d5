import Foundation
import Testing

/// The reading of tables by the scripts in `plots`, and the page of `make bench`, which need Python but
/// no package.
@Suite struct PlotsTests {
  private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static let python = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":").map { "\($0)/python3" }
    .first(where: FileManager.default.isExecutableFile)

  @Test(.enabled(if: python != nil, "there is no python3"), arguments: ["plots", "tools/bench"])
  func scriptsWorkWithoutAnyPackage(_ folder: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.python))
    // -S: no packages are to be found; -B: nothing is written beside the scripts.
    let scripts = Self.package.appendingPathComponent(folder).path
    process.arguments = ["-S", "-B", "-m", "unittest", "discover", scripts]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    #expect(text.contains("OK"))
  }
}
