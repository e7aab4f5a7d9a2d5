import ExperimentKit
import Foundation
import Runner
import Store

/// `modlab run`: computes what is missing of the runs that manifests describe.
enum RunVerb {
  static func verb(_ executors: Executors) -> Verb {
    Verb(
      "run", "compute what 'modlab plan' shows; running again resumes",
      discussion: """
        Every run (variant and seed) is computed by a process of its own and saved from time to time.
        An interruption loses nothing: the same command goes on where it stopped, with the same
        results to the last bit. Afterwards all tables and summaries are rebuilt.

        With --executor slurm the runs are submitted as one array job and followed. Ctrl-C then only
        stops the following, and a second one within five seconds cancels the array; the same command
        follows an array that is still alive instead of submitting again. For other schedulers, start
        one command for each --shard in a folder that all machines share.
        """,
      examples: [
        Example(
          "modlab run experiments/masks/addmul-fnn.yaml",
          "run the study with 3 seeds at the quick size, or resume it"),
        Example(
          "modlab run experiments/masks/addmul-fnn.yaml --profile smoke --seeds 1",
          "see all steps at toy size, in seconds"),
        Example(
          "modlab run experiments/masks/addmul-fnn.yaml --set mask.beta=1e-4,3e-4",
          "sweep a setting"),
        Example(
          "modlab run experiments/masks/addmul-fnn.yaml --retry failed,diverged",
          "give failed and diverged runs another try"),
      ],
      operand: ManifestOptions.operand,
      options: [
        ManifestOptions.profile, ManifestOptions.seeds, ManifestOptions.workers,
        ManifestOptions.output, ManifestOptions.data, ManifestOptions.set, ManifestOptions.only,
        ManifestOptions.retry, ManifestOptions.shard,
        .flag("fail-fast", "stop all runs as soon as one fails or diverges"),
        .flag("dry-run", short: "n", "only show the plan"),
        Option(
          "heartbeat", .text(placeholder: "SECONDS", completion: .none), default: "60",
          "time between signs of life where there is no terminal"),
      ] + ExecutorOptions.options(executors),
      action: perform)
  }

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    var request = try ManifestOptions.request(invocation)
    request.dataFolder = ManifestOptions.dataFolder(invocation.arguments).path
    let execution = try ExecutorOptions.execution(invocation, request)
    let command = try RunCommand(
      request, execution, executors: invocation.executors, registry: invocation.registry)
    console.message(
      RunMessages.seeds(command.manifests, typed: invocation.arguments.text("seeds")))
    if invocation.arguments.flag("dry-run") {
      let plan = try Plan.make(request, manifests: command.manifests)
      try PlanVerb.show(PlanVerb.notingWork(plan, request, invocation), console)
      return .success
    }
    let outcome = try command.perform(
      commandLine: invocation.commandLine,
      environment: { EnvironmentRecord.ofWorkers(invocation.build) },
      display: RunTerminal(console: console, request: request, execution: execution))
    RunMessages.conclude(outcome, request, console)
    return outcome.verdict.exitCode
  }
}
