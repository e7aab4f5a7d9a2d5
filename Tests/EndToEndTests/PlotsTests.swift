import Foundation
import Testing

/// The scripts in `plots`, the page of `make bench`, and that documents say what the recorded
/// results say: reading needs Python but no package, the figures need matplotlib.
@Suite struct PlotsTests {
  private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let plots = package.appendingPathComponent("plots").path

  private static let python = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":").map { "\($0)/python3" }
    .first(where: FileManager.default.isExecutableFile)

  /// A Python with matplotlib: that of `make venv`, else the first one on the path if it has it.
  static let drawingPython = ["\(plots)/../.venv/bin/python", python].compactMap { $0 }
    .first { path in
      guard FileManager.default.isExecutableFile(atPath: path) else { return false }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: path)
      process.arguments = ["-c", "import matplotlib"]
      process.standardError = FileHandle.nullDevice
      guard (try? process.run()) != nil else { return false }
      process.waitUntilExit()
      return process.terminationStatus == 0
    }

  @Test(
    .enabled(if: python != nil, "there is no python3"),
    arguments: ["plots", "tools/bench", "tools/results"])
  func scriptsWorkWithoutAnyPackage(_ folder: String) throws {
    // -S: no packages are to be found; -B: nothing is written beside the scripts.
    let scripts = Self.package.appendingPathComponent(folder).path
    try unittest(try #require(Self.python), ["-S", "-B", "-m", "unittest", "discover", scripts])
  }

  /// `make figures` on the smoke runs of all shipped experiments.
  @Test(.enabled(if: drawingPython != nil, "no matplotlib is installed: 'make venv' installs it"))
  func everyFigureIsDrawn() throws {
    try Modlab.inTemporaryFolder { modlab in
      let paths = try ["masks", "clusters"].flatMap { part in
        let manifests = "\(Self.plots)/../experiments/\(part)"
        return try FileManager.default.contentsOfDirectory(atPath: manifests)
          // That one needs the tables of another.
          .filter { $0.hasSuffix(".yaml") && $0 != "cluster-multiple-tests.yaml" }.map {
            "\(manifests)/\($0)"
          }.sorted()
      }
      let run = try modlab.start(
        ["run"] + paths + ["--profile", "smoke", "--out", "out", "-q"], environment: [:]
      ).finish(within: 600)
      #expect(run.code == 0, "\(run.error)")
      try unittest(
        try #require(Self.drawingPython),
        ["-B", "-m", "unittest", "discover", "-p", "test_figures.py", Self.plots],
        environment: ["MODLAB_RESULTS": "\(modlab.folder)/out", "MODLAB_DATA": modlab.folder])
    }
  }

  private func unittest(
    _ python: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
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
