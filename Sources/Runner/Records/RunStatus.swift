import ExperimentKit
import Store

/// What `status.json` of a run says.
///
/// A run counts as done only when the state is complete *and* the result files have the digests
/// recorded here; see ``RunInspection``.
public struct RunStatus: Sendable, Equatable {
  /// Where a run stands.
  public enum State: String, Sendable, CaseIterable {
    /// Being computed, or left behind by a process that was killed.
    case running
    /// Finished, with all results written.
    case complete
    /// Ended by an error or a crash.
    case failed
    /// Ended because a loss or gradient was not finite.
    case diverged
    /// Stopped cleanly before its end.
    case interrupted
  }

  /// Where the run stands.
  public var state: State
  /// The step under way, a training loop or an evaluation, or the last one.
  public var phase: String?
  /// Parts done of all steps together: optimiser steps and evaluations.
  public var step = 0
  /// Parts to do of all steps together.
  public var steps = 0
  /// Parts done of every step, by its name, wherever their result comes from.
  public var stepsDone: [String: Int] = [:]
  /// Seconds that the computing of these parts has taken, by the step's name, over all attempts; of
  /// steps that were under way at the same time their share.
  public var stepSeconds: [String: Double] = [:]
  /// How often the run was started.
  public var attempts = 0
  /// How often in a row the worker was terminated by a signal that modlab has not sent.
  public var kills = 0
  /// Seconds of work, over all attempts.
  public var seconds = 0.0
  /// Steps that ``seconds`` stands for, over all attempts, for rates.
  public var workedSteps = 0
  /// Name of the machine.
  public var host = ""
  /// Largest resident memory in mebibytes.
  public var peakMebibytes = 0.0
  /// Kernels of the linear-algebra library.
  public var blasCore = ""
  /// Level of the elementwise kernels.
  public var kernelLevel = ""
  /// Threads of the linear-algebra library.
  public var threads = 0
  /// Everything else on which the bits of the results may depend; see ``EnvironmentRecord``.
  public var environment: JSONValue = .null
  /// What went wrong.
  public var error: Failure?
  /// Last lines of the log, for runs that went wrong.
  public var logTail: [String] = []
  /// Small facts that the experiment noted.
  public var notes: [String: JSONValue] = [:]
  /// The data files that the run has read, by their path within the folder of the data sets.
  public var data: [String: DataFileRecord] = [:]
  /// SHA-256 of the result files of a complete run, by path within the folder.
  public var digests: [String: String] = [:]
  /// When the file was written, UTC.
  public var updated = ""

  /// Creates the status of a run in a state.
  public init(_ state: State) { self.state = state }

  /// Steps per second, nil before anything was measured.
  public var stepsPerSecond: Double? {
    seconds > 0 && workedSteps > 0 ? Double(workedSteps) / seconds : nil
  }
}

// MARK: - JSON

extension RunStatus {
  static let schema = "modlab-status-1"

  /// The status as JSON.
  public var json: JSONValue {
    var members: [String: JSONValue] = [
      "schema": .string(Self.schema), "status": .string(state.rawValue),
      "phase": phase.map { .string($0) } ?? .null, "step": .integer(step),
      "steps": .integer(steps), "attempts": .integer(attempts), "kills": .integer(kills),
      "seconds": .number(seconds),
      "worked_steps": .integer(workedSteps), "host": .string(host),
      "peak_rss_mib": .number(peakMebibytes), "blas_core": .string(blasCore),
      "kernel_level": .string(kernelLevel), "threads": .integer(threads),
      "environment": environment, "error": .null,
      "log_tail": .array(logTail.map { .string($0) }), "notes": .object(notes),
      "digests": .object(digests.mapValues { .string($0) }), "updated": .string(updated),
    ]
    members["steps_done"] = .object(stepsDone.mapValues { .integer($0) })
    members["step_seconds"] = .object(stepSeconds.mapValues { .number($0) })
    members["data"] = .object(data.mapValues(\.json))
    if let error { members["error"] = error.json }
    return .object(members)
  }

  /// Reads a status.
  ///
  /// - Throws: ``Failure`` (corrupt) when something is missing or of the wrong kind.
  public init(json: JSONValue, file: String) throws {
    let reader = MemberReader(json, file: file)
    try reader.check(schema: Self.schema)
    let name = try reader.text("status")
    guard let state = State(rawValue: name) else {
      throw reader.failure("unknown status \(Failure.quote(name))")
    }
    self.init(state)
    phase = json["phase"]?.stringValue
    step = try reader.integer("step")
    steps = try reader.integer("steps")
    attempts = try reader.integer("attempts")
    // Earlier versions did not count them.
    kills = json["kills"]?.integerValue ?? 0
    seconds = try reader.number("seconds")
    workedSteps = try reader.integer("worked_steps")
    host = try reader.text("host")
    peakMebibytes = try reader.number("peak_rss_mib")
    blasCore = try reader.text("blas_core")
    kernelLevel = try reader.text("kernel_level")
    threads = try reader.integer("threads")
    environment = try reader.value("environment")
    error = json["error"].flatMap(Failure.init(json:))
    logTail = (json["log_tail"]?.arrayValue ?? []).compactMap(\.stringValue)
    notes = json["notes"]?.objectValue ?? [:]
    // Earlier versions have not recorded these.
    stepsDone = (json["steps_done"]?.objectValue ?? [:]).compactMapValues(\.integerValue)
    stepSeconds = (json["step_seconds"]?.objectValue ?? [:]).compactMapValues(\.numberValue)
    data = (json["data"]?.objectValue ?? [:]).compactMapValues(DataFileRecord.init(json:))
    digests = (json["digests"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
    updated = try reader.text("updated")
  }
}

// MARK: - Data

extension RunStatus {
  /// The path of a data file that the run has read and that has other content now; files that are not
  /// there cannot be compared.
  ///
  /// - Parameters:
  ///   - dataFolder: The folder of the data sets that would be read now.
  ///   - digest: Gives the SHA-256 of a file; asked only where size, time or inode are others.
  public func changedData(
    in dataFolder: String,
    digest: (String) throws -> String = { try SHA256.file(at: $0) }
  ) -> String? {
    for (name, record) in data.sorted(by: { $0.key < $1.key }) {
      let path = name.hasPrefix("/") ? name : "\(dataFolder)/\(name)"
      guard let found = FileFingerprint(path: path), found != record.fingerprint else { continue }
      if let digest = try? digest(path), digest != record.digest { return path }
    }
    return nil
  }
}
