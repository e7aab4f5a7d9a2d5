import ExperimentKit
import Foundation
import Runner
import Store

/// `modlab run`: computes what is missing of the runs that manifests describe.
enum RunVerb {
  static func verb(_ executors: Executors) -> Verb {
    Verb(
      "run", "compute what 'modlab plan' shows; safe to rerun: resumes",
      discussion: """
        Every run (a configuration with a seed) is computed by a separate process, which saves its
        state regularly. After an interruption, the same command resumes where it stopped and gives
        the same results to the last bit. At the end all tables and summaries are rebuilt.

        With --executor slurm the runs are submitted as one array job and monitored. Ctrl-C then only
        detaches the command, and a second Ctrl-C within five seconds cancels the array. The same
        command attaches to an array that is still alive instead of submitting again. For other
        schedulers, start one command for each --shard in a folder that all machines share.
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
        ManifestOptions.heartbeat,
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
