import Foundation
import Testing

/// The reading of tables by the scripts in `plots`, which needs Python but no package.
@Suite struct PlotsTests {
  private static let plots = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("plots").path

  private static let python = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":").map { "\($0)/python3" }
    .first(where: FileManager.default.isExecutableFile)

  @Test(.enabled(if: python != nil, "there is no python3"))
  func tablesAreReadWithoutAnyPackage() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.python))
    // -S: no packages are to be found; -B: nothing is written beside the scripts.
    process.arguments = ["-S", "-B", "-m", "unittest", "discover", Self.plots]
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
