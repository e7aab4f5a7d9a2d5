import CommandLine
import ExperimentKit
import Foundation
import Runner
import Store

/// `modlab tune`: searches for the strength of the regulariser.
enum TuneVerb {
  static let verb = Verb(
    "tune", "search for the strength of the regulariser (mask.beta) of a study",
    discussion: """
      The papers' heuristic: masks are trained for the complete task, and β is raised by steps of √10
      until the accuracy drops; the interval is halved three times; the largest β whose drop is accepted is
      divided by 1.5. Where masks have not settled, training is made twice as long, once. Then the masks
      of all stages are learned with a third of that β, with itself, with three times as much, and with half
      the steps: what is concluded from masks should not depend on it.

      Networks are trained once for each seed and shared. Every point is a configuration of the study
      NAME-tune in the folder of results; the same command resumes after an interruption, and computes nothing
      that is there. The result is a table, tune.csv in the folder of that study, and the lines for the
      manifest; plots/tune.py draws the search. Controls are off, whatever the manifest says.
      """,
    examples: [
      Example(
        "modlab tune experiments/masks/addmul-fnn.yaml",
        "search at the quick size, from the β of the manifest on"),
      Example(
        "modlab tune experiments/masks/double-add-fnn.yaml --only big --seeds 1 --start 1e-5",
        "one variant, one seed, from another β on"),
    ],
    operand: ManifestOptions.oneOperand,
    options: [
      ManifestOptions.profile, ManifestOptions.seeds, ManifestOptions.workers,
      ManifestOptions.output, ManifestOptions.data, ManifestOptions.set, ManifestOptions.only,
      ManifestOptions.retry,
      Option(
        "start", .text(placeholder: "BETA", completion: .none), otherwise: "that of the manifest",
        "first β"),
      Option(
        "drop", .text(placeholder: "SHARE", completion: .none), default: "0.02",
        "loss of accuracy that is accepted, 0 to 1"),
      Option(
        "first-drop", .text(placeholder: "SHARE", completion: .none),
        otherwise: "two standard errors, at least 0.01",
        "loss of accuracy at which β is raised no further, 0 to 1"),
      .flag("keep-steps", "never double the steps of mask training"),
      ManifestOptions.heartbeat,
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let settings = try searchSettings(invocation.arguments)
    var request = try ManifestOptions.request(invocation)
    if let set = request.sets.first(where: { BetaSweeper.chooses($0.key) }) {
      throw Failure(
        .usage, "--set \(Failure.quote(set.key)) is what the search chooses",
        help: "choose where it begins with --start")
    }
    let manifest = try renamed(request.manifests[0], invocation.registry)
    request.manifests = [manifest]
    request.dataFolder = ManifestOptions.dataFolder(invocation.arguments).path
    request.sweeper = { try BetaSweeper($0, settings) }
    let execution = try ExecutorOptions.execution(invocation, request)
    let command = try RunCommand(
      request, execution, executors: Executors([invocation.executors.list[0]]),
      registry: invocation.registry)
    let outcome = try command.perform(
      commandLine: invocation.commandLine,
      environment: { EnvironmentRecord.ofWorkers(invocation.build) },
      display: RunTerminal(console: invocation.console, request: request, execution: execution))
    RunMessages.conclude(outcome, request, invocation.console)
    guard outcome.verdict.exitCode == .success else { return outcome.verdict.exitCode }
    let folder = request.output.study(manifest.study)
    let space = SweepSpace(
      manifest, profile: request.profile, sets: request.sets, only: request.only)
    let report = try TuneReport(
      BetaSweeper(space, settings), StudyReader(folder, registry: invocation.registry), manifest)
    try report.write(to: folder.path + "/tune.csv")
    try report.show(invocation.console, folder: folder.path)
    return report.isFound ? .success : .runFailed
  }

  /// Where the search of a configuration begins, given its own β and steps.
  private static func searchSettings(
    _ arguments: Arguments
  ) throws -> @Sendable (Double, Int) -> BetaSearch.Settings {
    let start = try arguments.number("start", atLeast: 1e-12)
    let accepted = try share("drop", arguments) ?? 0.02
    let first = try share("first-drop", arguments)
    let doubles = !arguments.flag("keep-steps")
    return { beta, steps in
      BetaSearch.Settings(
        start: start ?? (beta > 0 ? beta : 1e-6), steps: steps, acceptedDrop: accepted,
        firstDrop: first, doublesSteps: doubles)
    }
  }

  private static func share(_ name: String, _ arguments: Arguments) throws -> Double? {
    let value = try arguments.number(name, atLeast: 0)
    guard value ?? 0 <= 1 else {
      throw Failure(.usage, "--\(name) is above 1", why: "it is a loss of accuracy, 0 to 1")
    }
    return value
  }

  /// The manifest as one of a study of its own, so that the results of the study itself stay what they
  /// are.
  private static func renamed(_ manifest: Manifest, _ registry: KindRegistry) throws -> Manifest {
    let file = manifest.path.split(separator: "/").last.map(String.init) ?? manifest.path
    let folder = manifest.path.dropLast(file.count)
    let text = """
      schema: 1
      extends: \(JSONValue.string(file).serialized())
      study: \(manifest.study)-tune

      """
    return try Manifest(
      text: text, path: "\(folder)\(manifest.study)-tune.yaml", registry: registry,
      bases: manifest.sources)
  }
}
