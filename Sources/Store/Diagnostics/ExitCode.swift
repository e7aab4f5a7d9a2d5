/// The exit status of the `modlab` process, part of the public contract of the command line.
///
/// Every ``Failure`` carries one, so that whoever catches it last knows how to leave.
public enum ExitCode: Int32, Sendable, Hashable, CaseIterable {
  /// Everything that was asked for is complete.
  case success = 0
  /// A run failed or diverged, or a claim does not hold.
  case runFailed = 1
  /// The command line was not understood.
  case usage = 2
  /// A manifest has an unknown key, a wrong type, a value out of range, or is not YAML.
  case manifestInvalid = 3
  /// A data file is missing, or is not what it should be.
  case dataMissing = 4
  /// A checkpoint or another file written by modlab is damaged.
  case corrupt = 5
  /// The operating system refused: disk full, no permission, device error.
  case inputOutput = 6
  /// Another modlab works in the same folder.
  case locked = 7
  /// A self-test found a wrong result.
  case selfTestFailed = 8
  /// A mistake in modlab itself.
  case internalError = 70
  /// Stopped cleanly by SIGINT.
  case interrupted = 130
  /// Stopped cleanly by SIGTERM.
  case terminated = 143

  /// What the status says, for help, manual and documents; a phrase without a full stop.
  public var meaning: String {
    switch self {
    case .success: "everything that was asked for is complete"
    case .runFailed: "a run failed or diverged, or a claim does not hold or cannot be evaluated"
    case .usage: "the command line is wrong"
    case .manifestInvalid: "a manifest is invalid"
    case .dataMissing: "a data file is missing or damaged"
    case .corrupt: "a checkpoint or a result is damaged"
    case .inputOutput: "the system refused: disk full, no permission, no memory, a missing library"
    case .locked: "another modlab is working in the same folder"
    case .selfTestFailed: "a self-test found a wrong result"
    case .internalError: "an error in modlab itself"
    case .interrupted: "stopped cleanly by SIGINT (Ctrl-C); the same command resumes"
    case .terminated: "stopped cleanly by SIGTERM; the same command resumes"
    }
  }
}
