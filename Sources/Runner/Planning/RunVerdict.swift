import Store

/// The exit code of `modlab run` and the runs that are to blame.
public struct RunVerdict: Sendable, Equatable {
  /// A run that is not complete.
  public struct Problem: Sendable, Equatable {
    /// The run.
    public let name: RunName
    /// Its state in one word.
    public let state: String
    /// What went wrong.
    public let error: Failure?
  }

  /// The status to leave with.
  public let exitCode: ExitCode
  /// The runs that failed or diverged, earlier ones included, in the order of the plan.
  public let problems: [Problem]

  /// Evaluates the result of a plan.
  ///
  /// When all problems have the same external cause, such as a full disk, the exit code is that of
  /// the cause.
  public init(_ plan: Plan, _ result: ExecutionResult, output: OutputFolder) {
    problems = plan.runs.compactMap { run in
      if let outcome = result.outcomes[run.name] {
        return outcome.state == .complete
          ? nil : Problem(name: run.name, state: outcome.state.rawValue, error: outcome.error)
      }
      guard !run.isExecuted, [.failed, .diverged].contains(run.reason) else { return nil }
      let folder = output.study(run.name.study).run(run.name)
      return Problem(
        name: run.name, state: run.reason.word,
        error: (try? RunStatus.read(folder.statusFile))?.error)
    }
    if let signal = result.signal {
      exitCode = signal == 2 ? .interrupted : .terminated
    } else if problems.isEmpty {
      exitCode = .success
    } else {
      let codes = Set(problems.map { $0.error?.exitCode ?? .runFailed })
      let outside: Set<ExitCode> = [.dataMissing, .corrupt, .inputOutput, .locked]
      exitCode =
        codes.count == 1
        ? codes.first.flatMap { outside.contains($0) ? $0 : nil } ?? .runFailed
        : .runFailed
    }
  }
}
