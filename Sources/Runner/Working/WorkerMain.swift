import ExperimentKit
import Foundation
import Store
import Tensors

/// The worker process: reads a specification from standard input, computes, reports on standard
/// output.
public enum WorkerMain {
  /// Runs the worker of this process.
  ///
  /// - Returns: the status to leave with; 0 once the parent knows how the run ended.
  public static func run(
    registry: KindRegistry, environment: [String: String], build: BuildRecord
  ) throws -> ExitCode {
    StopSignal.install()
    let specification = try readSpecification()
    func send(_ message: WorkerMessage) {
      do {
        try StandardStream.output.write(message.json.serialized() + "\n")
      } catch {
        // Nobody listens any more.
        StopSignal.note(SIGTERM)
      }
    }
    do {
      try watchParent()
    } catch {
      send(.finished(RunOutcome(.failed, error: error)))
      return .success
    }
    let worker = try Worker(
      specification, registry: registry, environment: environment, build: build,
      shouldStop: { StopSignal.current != nil }, send: send)
    _ = FloatingPointMode.flushingDenormals { worker.run() }
    return .success
  }

  private static func readSpecification() throws -> WorkerSpecification {
    guard let line = readLine() else {
      throw Failure(
        .usage, "the verb 'worker' is for modlab's own use",
        why: "it expects a specification on standard input", help: "use 'modlab run'")
    }
    return try WorkerSpecification(
      json: JSONValue.parse(line, file: "standard input", exitCode: .usage))
  }

  /// Stops the run when the parent has closed the pipe, on purpose or by dying.
  private static func watchParent() throws(Failure) {
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { _ in
        var byte: UInt8 = 0
        while true {
          let count = read(STDIN_FILENO, &byte, 1)
          if count > 0 || (count < 0 && errno == EINTR) { continue }
          StopSignal.note(SIGTERM)
          return nil
        }
      }, nil)
    guard status == 0 else {
      throw Failure(
        .inputOutput, "the system grants a worker no thread",
        why: String(cString: strerror(status)),
        help: "raise the limits of processes and of address space ('ulimit -u', 'ulimit -v'), or "
          + "use fewer workers")
    }
    pthread_detach(thread)
  }
}
