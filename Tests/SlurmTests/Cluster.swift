import Foundation
import Store
import TestSupport

/// The Slurm that `make test-slurm` has started, and a folder in which the built program uses it.
struct Cluster {
  /// Results and manifests of one test; removed afterwards.
  let folder: String

  /// Something did not happen in time, or a program is missing.
  struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  /// What a finished process has left.
  struct Outcome {
    let code: Int32
    let output: String
    let error: String

    /// The JSON objects on standard output.
    var records: [JSONValue] {
      get throws {
        try output.split(separator: "\n").map { try JSONValue.parse(String($0), file: "stdout") }
      }
    }
  }

  /// Makes a folder with a manifest for one test, and leaves no job behind.
  static func inTemporaryFolder(steps: Int, seeds: Int, _ body: (Cluster) throws -> Void) throws {
    guard ProcessInfo.processInfo.environment["SLURM_CONF"] != nil else {
      throw Problem(description: "there is no Slurm: start these tests with 'make test-slurm'")
    }
    try withTemporaryFolder { path in
      let cluster = Cluster(folder: path)
      try AtomicFile.write(manifest(steps: steps, seeds: seeds), to: path + "/m.yaml")
      defer {
        _ = try? cluster.slurm("scancel", "--user=root")
        try? cluster.wait("an empty queue") {
          try cluster.slurm("squeue", "--noheader").output.isEmpty
        }
      }
      try body(cluster)
    }
  }

  private static func manifest(steps: Int, seeds: Int) -> String {
    """
    schema: 1
    experiment: addmul-fnn
    study: addmul-fnn
    seeds: \(seeds)
    checkpoint-every: 0.2
    task: {digits: 1, train-size: 500, valid-size: 100}
    model: {hidden: [32, 32]}
    pretrain: {steps: \(steps), batch: 16, lr: 1.0e-3, clip: 1.0}
    mask: {steps: 40, lr: 1.0e-2, beta: 1.0e-4, samples: 4, init-logit: 2.0}
    controls: off

    """
  }

  // MARK: - Programs

  /// The program stands next to the test bundle.
  private static let program: String? = {
    let arguments = ProcessInfo.processInfo.arguments
    let bundle = arguments.firstIndex(of: "--test-bundle-path").map { arguments[$0 + 1] }
    return [bundle, Bundle.main.executablePath, arguments.first].compactMap(\.self)
      .map {
        URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("modlab").path
      }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Starts modlab without waiting for it.
  func start(_ arguments: String...) throws -> StartedProcess {
    guard let program = Self.program else {
      throw Problem(description: "the product 'modlab' is not next to the test bundle")
    }
    return try StartedProcess(program, arguments, folder: folder)
  }

  /// Runs modlab to its end.
  func modlab(_ arguments: String...) throws -> Outcome {
    guard let program = Self.program else {
      throw Problem(description: "the product 'modlab' is not next to the test bundle")
    }
    return try StartedProcess(program, arguments, folder: folder).finish()
  }

  /// Runs a command of Slurm to its end.
  @discardableResult
  func slurm(_ arguments: String...) throws -> Outcome {
    try StartedProcess("/usr/bin/env", arguments, folder: folder).finish()
  }

  // MARK: - What has come of it

  /// Waits until something is the case, at most a minute.
  func wait(_ what: String, until condition: () throws -> Bool) throws {
    let deadline = Date().addingTimeInterval(60)
    while try !condition() {
      guard Date() < deadline else { throw Problem(description: "waited a minute for \(what)") }
      usleep(50_000)
    }
  }

  /// The arrays that Slurm knows, ended ones included, whose tasks belong to this test.
  func arrays() throws -> Set<String> {
    let lines = try slurm("squeue", "--noheader", "--states=all", "--format=%F %Z").output
    return Set(
      lines.split(separator: "\n").filter { $0.hasSuffix(" \(folder)") }
        .compactMap { $0.split(separator: " ").first.map(String.init) })
  }

  /// The states of all runs by seed, as `modlab status` tells them.
  func states() throws -> [Int: String] {
    let records = try modlab("status", "--json").records
    return Dictionary(
      uniqueKeysWithValues: records.map {
        ($0["seed"]?.integerValue ?? -1, $0["state"]?.stringValue ?? "")
      })
  }

  /// What `modlab status` says of a seed.
  func run(_ seed: Int) throws -> JSONValue? {
    try modlab("status", "--json").records.first { $0["seed"]?.integerValue == seed }
  }

  /// Waits until a run has saved its state.
  func waitForProgress(_ seed: Int) throws {
    try wait("steps of seed \(seed)") { try self.run(seed)?["step"]?.integerValue ?? 0 > 0 }
  }

  /// The process that holds the lock of a run.
  func worker(_ seed: Int) throws -> pid_t? {
    let name = "seed-0\(seed)/.lock"
    let lock = try FileManager.default.subpathsOfDirectory(atPath: folder)
      .first { $0.hasSuffix(name) }
    return lock.flatMap { FileLock.Owner(readFrom: "\(folder)/\($0)") }.map { pid_t($0.process) }
  }

  /// The number of the array on record.
  func recordedJob() throws -> String? {
    let path = folder + "/results/addmul-fnn/slurm.json"
    guard Folder.exists(path) else { return nil }
    let record = try JSONValue.parse(InputFile.bytes(at: path), file: path)
    return record["arrays"]?[0]?["job"]?.stringValue
  }

  /// All files of a folder of results that must not depend on how they came about.
  func results(_ name: String = "results") throws -> [String: [UInt8]] {
    let root = "\(folder)/\(name)"
    var files: [String: [UInt8]] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: root) {
      let file = URL(fileURLWithPath: path).lastPathComponent
      let isTable = path.hasSuffix(".csv") && file != "runs.csv"
      let isResult = ["weights.safetensors", "masks.safetensors", "config.json"].contains(file)
      if isTable || isResult { files[path] = try InputFile.bytes(at: "\(root)/\(path)") }
    }
    return files
  }
}

/// A process that was started, with its output in files so that nobody has to read meanwhile.
final class StartedProcess {
  private let process = Process()
  private let files: (output: String, error: String)

  fileprivate init(_ program: String, _ arguments: [String], folder: String) throws {
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardInput = FileHandle.nullDevice
    let name = "\(folder)/.\(UUID().uuidString)"
    files = (name + ".out", name + ".err")
    for path in [files.output, files.error] {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    process.standardOutput = FileHandle(forWritingAtPath: files.output)
    process.standardError = FileHandle(forWritingAtPath: files.error)
    try process.run()
  }

  /// Sends a signal.
  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// What it has written to standard error so far.
  var error: String { (try? String(contentsOfFile: files.error, encoding: .utf8)) ?? "" }

  /// Waits for a text on standard error, at most a minute.
  func wait(for text: String) throws {
    let deadline = Date().addingTimeInterval(60)
    while !error.contains(text) {
      guard Date() < deadline, process.isRunning else {
        send(SIGKILL)
        throw Cluster.Problem(description: "waited for '\(text)'; stderr: \(error)")
      }
      usleep(20_000)
    }
  }

  /// Waits for the end, at most two minutes.
  func finish() throws -> Cluster.Outcome {
    let deadline = Date().addingTimeInterval(120)
    while process.isRunning {
      guard Date() < deadline else {
        send(SIGKILL)
        throw Cluster.Problem(description: "waited for the end of a process; stderr: \(error)")
      }
      usleep(10_000)
    }
    let code =
      process.terminationReason == .exit
      ? process.terminationStatus : -process.terminationStatus
    let output = (try? String(contentsOfFile: files.output, encoding: .utf8)) ?? ""
    let outcome = Cluster.Outcome(code: code, output: output, error: error)
    for path in [files.output, files.error] { unlink(path) }
    return outcome
  }
}
