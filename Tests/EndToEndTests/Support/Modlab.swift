import Foundation
import Store
import TestSupport

/// The built program in a folder of its own.
struct Modlab {
  /// The folder in which the program is started; removed after the test.
  let folder: String

  /// What a finished process has left.
  struct Outcome {
    let code: Int32
    let output: String
    let error: String
    let seconds: Double

    /// The JSON objects on standard output.
    var records: [JSONValue] {
      get throws {
        try output.split(separator: "\n").map { try JSONValue.parse(String($0), file: "stdout") }
      }
    }
  }

  /// The program stands next to the test bundle.
  static let program: String? = {
    let arguments = ProcessInfo.processInfo.arguments
    let bundle = arguments.firstIndex(of: "--test-bundle-path").map { arguments[$0 + 1] }
    let places = [bundle, Bundle.main.executablePath, arguments.first].compactMap(\.self)
    let candidates = places.map {
      URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("modlab").path
    }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// The program could not be found or did not end in time.
  struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  /// Makes a folder for one test.
  static func inTemporaryFolder(_ body: (Modlab) throws -> Void) throws {
    try withTemporaryFolder { try body(Modlab(folder: $0)) }
  }

  /// Starts the program without waiting for it.
  ///
  /// - Parameter wrapper: a program with arguments that starts it, such as `strace -f`.
  func start(
    _ arguments: [String], environment: [String: String] = [:], wrapper: [String] = []
  ) throws -> RunningModlab {
    guard let program = Modlab.program else {
      throw Problem(description: "the product 'modlab' is not next to the test bundle")
    }
    let words = wrapper + [program] + arguments
    let process = Process()
    process.executableURL = URL(fileURLWithPath: words[0])
    process.arguments = Array(words.dropFirst())
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    var all = ProcessInfo.processInfo.environment
    for name in [
      "MODLAB_FAULT", "MODLAB_FAULT_REPORT", "MODLAB_DATA", "MODLAB_CHECKPOINT_EVERY_STEPS",
      "NO_COLOR",
    ] {
      all[name] = nil
    }
    process.environment = all.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    return try RunningModlab(process, folder: folder)
  }

  /// Runs the program to its end.
  func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
    try start(arguments, environment: environment).finish()
  }

  /// Runs the program to its end.
  func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    try run(arguments, environment: environment)
  }

  /// Writes a file.
  func write(_ text: String, to name: String) throws {
    try AtomicFile.write(text, to: "\(folder)/\(name)")
  }

  /// Reads a file as text.
  func text(_ name: String) throws -> String {
    String(decoding: try InputFile.bytes(at: "\(folder)/\(name)"), as: UTF8.self)
  }

  /// All files of a folder of results that must not depend on how they came about: tables, masks,
  /// weights and checkpoints; not those with times.
  func results(_ name: String) throws -> [String: [UInt8]] {
    let root = "\(folder)/\(name)"
    var files: [String: [UInt8]] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: root) {
      let file = URL(fileURLWithPath: path).lastPathComponent
      guard
        path.hasSuffix(".csv") && file != "runs.csv" || file == "config.json"
          || path.hasSuffix(".safetensors") && !path.hasPrefix("cache/") || path.hasSuffix(".dot")
      else { continue }
      files[path] = try InputFile.bytes(at: "\(root)/\(path)")
    }
    return files
  }

  /// Waits until a run in a folder of results has its first checkpoint, or has ended.
  func waitForCheckpoint(_ running: RunningModlab, _ name: String) throws {
    try running.wait("a checkpoint") {
      !running.isRunning
        || ((try? FileManager.default.subpathsOfDirectory(atPath: "\(folder)/\(name)")) ?? [])
          .contains { $0.hasSuffix("checkpoint.safetensors") }
    }
  }
}

/// A process of the program that was started.
final class RunningModlab {
  private let process: Process
  private let files: (output: String, error: String)
  private let start = Date()

  fileprivate init(_ process: Process, folder: String) throws {
    self.process = process
    // Files instead of pipes: nobody has to read while the process runs.
    let name = "\(folder)/.\(UUID().uuidString)"
    files = (name + ".out", name + ".err")
    for path in [files.output, files.error] {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    process.standardOutput = FileHandle(forWritingAtPath: files.output)
    process.standardError = FileHandle(forWritingAtPath: files.error)
    try process.run()
  }

  /// The number of the process.
  var identifier: pid_t { process.processIdentifier }

  /// Whether the process still runs.
  var isRunning: Bool { process.isRunning }

  /// Sends a signal.
  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// The process identifiers of its workers.
  var workers: [pid_t] {
    let path = "/proc/\(process.processIdentifier)/task/\(process.processIdentifier)/children"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: " ").compactMap { pid_t($0) }
  }

  /// What it has written to standard output so far.
  var output: String { (try? String(contentsOfFile: files.output, encoding: .utf8)) ?? "" }

  /// What it has written to standard error so far.
  var error: String { (try? String(contentsOfFile: files.error, encoding: .utf8)) ?? "" }

  /// Waits for the end, at most a minute or as long as said.
  func finish(within seconds: Double = 60) throws -> Modlab.Outcome {
    try wait("the end of the process", atMost: seconds) { !self.process.isRunning }
    process.waitUntilExit()
    let code =
      process.terminationReason == .exit
      ? process.terminationStatus : -process.terminationStatus
    return Modlab.Outcome(
      code: code, output: (try? String(contentsOfFile: files.output, encoding: .utf8)) ?? "",
      error: error, seconds: Date().timeIntervalSince(start))
  }

  /// Waits until something is the case, at most a minute or as long as said.
  func wait(_ what: String, atMost seconds: Double = 60, until condition: () -> Bool) throws {
    let deadline = Date().addingTimeInterval(seconds)
    while !condition() {
      guard Date() < deadline else {
        send(SIGKILL)
        throw Modlab.Problem(description: "waited \(seconds) s for \(what); stderr: \(error)")
      }
      usleep(5_000)
    }
  }
}
