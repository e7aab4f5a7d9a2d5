import Foundation
import Store
import Synchronization

/// A program of another package that is run to its end, such as `sbatch`.
///
/// It gets a process group of its own (Foundation sees to that), so that Ctrl-C, which a terminal
/// sends to the whole group, cannot end it half-way through.
struct ExternalCommand: Sendable {
  /// What a program has left.
  struct Outcome: Sendable, Equatable {
    var status: Int32
    var output: String
    var error: String
  }

  let name: String
  let arguments: [String]
  let environment: [String: String]
  /// Seconds after which the program is ended.
  var timeLimit = 60.0

  /// Runs the program.
  ///
  /// - Throws: ``Failure``: usage when it is not on the `PATH`, input/output when it cannot be
  ///   started or does not end.
  func run() throws -> Outcome {
    guard let path = Self.path(of: name, environment) else {
      throw Failure(
        .usage, "there is no '\(name)' on the PATH",
        why: "the executor 'slurm' needs the commands of Slurm",
        help: "use a machine where jobs are submitted, or leave --executor out")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    let error = Pipe()
    process.standardOutput = output
    process.standardError = error
    do {
      try process.run()
    } catch {
      throw Failure(.inputOutput, "cannot start \(path)", why: "\(error)")
    }
    let isLate = Mutex(false)
    let identifier = process.processIdentifier
    let watchdog = DispatchWorkItem {
      isLate.withLock { $0 = true }
      kill(identifier, SIGKILL)
    }
    DispatchQueue.global().asyncAfter(deadline: .now() + timeLimit, execute: watchdog)
    // Both pipes at once: a program that fills one while the other is read would wait for ever.
    let errorText = Mutex("")
    let errorRead = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      let text = Self.text(error)
      errorText.withLock { $0 = text }
      errorRead.signal()
    }
    let outputText = Self.text(output)
    errorRead.wait()
    process.waitUntilExit()
    watchdog.cancel()
    if isLate.withLock({ $0 }) {
      throw Failure(
        .inputOutput, "'\(name)' did not answer within \(DurationText.of(timeLimit))",
        help: "ask whether Slurm is well: 'scontrol ping'")
    }
    return Outcome(
      status: process.terminationStatus, output: outputText,
      error: errorText.withLock { $0 })
  }

  private static func text(_ pipe: Pipe) -> String {
    let data = (try? pipe.fileHandleForReading.readToEnd()) ?? nil
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  /// The file that the shell would run.
  private static func path(of name: String, _ environment: [String: String]) -> String? {
    (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
      .first { access($0, X_OK) == 0 && !Folder.isFolder($0) }
  }
}
