import Foundation

/// Computes runs with worker processes on this machine, which end with the command.
public struct LocalExecutor: Executor {
  /// `local`
  public let name = "local"
  private let environment: [String: String]

  /// Creates the executor; workers inherit what matters of an environment.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.environment = environment
  }

  /// Computes the runs; returns when no worker is left.
  public func compute(
    _ plan: Plan, _ request: ExecutionRequest, reporter: any ProgressReporter
  ) -> ExecutionResult {
    Scheduler(
      plan, output: request.output,
      options: SchedulerOptions(
        workers: request.workers, isFailFast: request.isFailFast,
        command: .thisProgram(environment: environment), dataFolder: request.dataFolder),
      reporter: reporter
    ).run()
  }
}
