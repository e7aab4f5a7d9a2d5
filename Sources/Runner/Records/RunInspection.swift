import Store

/// What the files of a run say about it.
///
/// A run is complete only if its status says so *and* its result files have the digests recorded
/// there; everything else can be resumed.
public struct RunInspection: Sendable, Equatable {
  /// Where a run stands.
  public enum Condition: Sendable, Equatable {
    /// There is nothing of it.
    case new
    /// It can be taken up at a step; `why` says what stopped it when that is known.
    case resumable(step: Int, why: String?)
    /// All results are there.
    case done
    /// It failed, and not for an external reason.
    case failed
    /// Its numbers ceased to be finite.
    case diverged
  }

  /// Where the run stands.
  public let condition: Condition
  /// The status, nil when there is none that can be read.
  public let status: RunStatus?
  /// Whether a living process computes the run.
  public let isBeingComputed: Bool
  /// Whether the data that the run has read have changed since: it must start anew.
  public var hasOtherData = false

  /// Looks at a run.
  ///
  /// - Parameter digest: Gives the SHA-256 of a file; reads it unless told otherwise.
  public static func of(
    _ folder: RunFolder, digest: (String) throws -> String = { try SHA256.file(at: $0) }
  ) -> RunInspection {
    let isBeingComputed = LockProbe.owner(of: folder.lockFile) != nil
    guard Folder.exists(folder.statusFile) else {
      let step: Condition =
        Folder.exists(folder.checkpointFile) ? .resumable(step: 0, why: nil) : .new
      return RunInspection(condition: step, status: nil, isBeingComputed: isBeingComputed)
    }
    do {
      let status = try RunStatus.read(folder.statusFile)
      return RunInspection(
        condition: condition(status, folder, digest), status: status,
        isBeingComputed: isBeingComputed)
    } catch {
      let reason = (error as? Failure).map { $0.why ?? $0.what } ?? "\(error)"
      return RunInspection(
        condition: .resumable(step: 0, why: "status.json cannot be used: \(reason)"), status: nil,
        isBeingComputed: isBeingComputed)
    }
  }

  private static func condition(
    _ status: RunStatus, _ folder: RunFolder, _ digest: (String) throws -> String
  ) -> Condition {
    switch status.state {
    case .complete:
      guard let damage = damage(status, folder, digest) else { return .done }
      // A complete run keeps no checkpoint.
      let step = Folder.exists(folder.checkpointFile) ? status.step : 0
      return .resumable(step: step, why: damage)
    case .diverged: return .diverged
    case .failed:
      guard let error = status.error, isOutside(error.exitCode) else { return .failed }
      return .resumable(step: status.step, why: error.what)
    case .interrupted, .running:
      return .resumable(step: status.step, why: status.error?.what)
    }
  }

  /// Whether a failure is external, so that the run is simply retried: missing data, a full disk, a
  /// lock.
  static func isOutside(_ code: ExitCode) -> Bool {
    switch code {
    case .dataMissing, .inputOutput, .locked, .interrupted, .terminated: true
    default: false
    }
  }

  /// What is wrong with the results of a run that claims to be complete, nil when all is well.
  static func damage(
    _ status: RunStatus, _ folder: RunFolder, _ digest: (String) throws -> String
  ) -> String? {
    guard !status.digests.isEmpty else { return "no results are recorded" }
    for (name, expected) in status.digests.sorted(by: { $0.key < $1.key }) {
      guard isResultName(name) else { return "status.json names \(Failure.quote(name))" }
      guard let found = try? digest("\(folder.path)/\(name)") else {
        return "\(name) is missing"
      }
      if found != expected { return "\(name) has changed" }
    }
    return nil
  }

  /// Whether a name from a status file can be a result file: nothing outside the run's folder.
  private static func isResultName(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }) else { return false }
    return parts.count == 1 || (parts.count == 2 && parts[0] == "metrics")
  }
}

extension RunStatus {
  /// Reads a `status.json`.
  ///
  /// - Throws: ``Failure`` when it is missing or damaged.
  public static func read(_ path: String) throws -> RunStatus {
    let bytes = try InputFile.bytes(at: path, maximumSize: 16 << 20, missing: .corrupt)
    return try RunStatus(json: SealedJSON.open(bytes, file: path), file: path)
  }

  /// Writes a `status.json`.
  ///
  /// - Throws: ``Failure`` (input/output).
  public func write(to path: String) throws {
    try AtomicFile.write(SealedJSON.text(of: json), to: path)
  }
}

extension RunInspection {
  /// The state in one word: that of the status, but `interrupted` when no process computes a run
  /// that says to be running, and when the results of a complete run are damaged.
  public var stateText: String {
    switch condition {
    case .new: isBeingComputed ? "running" : "new"
    case .done: "complete"
    case .failed: "failed"
    case .diverged: "diverged"
    case .resumable:
      isBeingComputed
        ? "running" : status?.state == .failed ? "failed" : "interrupted"
    }
  }
}
