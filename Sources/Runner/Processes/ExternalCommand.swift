import Foundation
import Store
import Synchronization

/// A program of another package that is run to its end, such as `sbatch` or `python3`.
///
/// It gets a process group of its own (Foundation sees to that), so that Ctrl-C, which a terminal
/// sends to the whole group, cannot end it half-way through.
package struct ExternalCommand: Sendable {
  /// What a program has left.
  package struct Outcome: Sendable, Equatable {
    package var status: Int32
    package var output: String
    package var error: String
  }

  let name: String
  let arguments: [String]
  let environment: [String: String]
  /// Seconds after which the program is ended.
  let timeLimit: Double
  /// Who needs the program, for messages.
  let need: String?
  /// What the user can do when it is not there.
  let missingHelp: String?
  /// What the user can do when it does not end.
  let lateHelp: String?

  /// Prepares a program.
  ///
  /// - Parameter name: Its name on the `PATH`, or its path.
  package init(
    name: String, arguments: [String], environment: [String: String], timeLimit: Double = 60,
    need: String? = nil, missingHelp: String? = nil, lateHelp: String? = nil
  ) {
    self.name = name
    self.arguments = arguments
    self.environment = environment
    self.timeLimit = timeLimit
    self.need = need
    self.missingHelp = missingHelp
    self.lateHelp = lateHelp
  }

  /// Runs the program.
  ///
  /// - Throws: ``Failure``: usage when it is not on the `PATH`, input/output when it cannot be
  ///   started or does not end.
  package func run() throws -> Outcome {
    guard let path = Self.path(of: name, environment) else {
      throw Failure(
        .usage, "there is no '\(name)'\(name.contains("/") ? "" : " on the PATH")", why: need,
        help: missingHelp)
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
        help: lateHelp)
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
    let places =
      name.contains("/")
      ? [name] : (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
    return places.first { access($0, X_OK) == 0 && !Folder.isFolder($0) }
  }
}
