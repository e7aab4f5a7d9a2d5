import ExperimentKit
import Runner
import ScienceCommands
import Store
import Synchronization

@testable import CommandLine

/// Runs verbs within this process and keeps what they write.
final class Terminal: Sendable {
  private let texts = Mutex<(output: String, error: String)>(("", ""))

  static let command = command(.all)

  private let command: ModlabCommand

  /// - Parameter executors: what can compute runs.
  init(executors: Executors = .all) { command = Self.command(executors) }

  private static func command(_ executors: Executors) -> ModlabCommand {
    ModlabCommand(
      registry: KindRegistry([LineExperiment()]), executors: executors,
      science: ScienceCommands.verbs,
      build: BuildRecord(commit: String(repeating: "c", count: 40), hasLocalChanges: true))
  }

  var output: String { texts.withLock { $0.output } }
  var error: String { texts.withLock { $0.error } }

  /// The JSON objects on standard output.
  var records: [JSONValue] {
    get throws {
      try output.split(separator: "\n").map { try JSONValue.parse(String($0), file: "stdout") }
    }
  }

  /// Runs a command line, given as words without the name of the program.
  func run(_ words: [String]) -> ExitCode {
    do {
      guard case .perform(let verb, let arguments) = try command.grammar.parse(words) else {
        return .success
      }
      let console = Console(
        isJSON: arguments.flag("json"),
        verbosity: arguments.flag("quiet")
          ? .quiet : arguments.flag("verbose") ? .verbose : .normal,
        output: { text in self.texts.withLock { $0.output += text } },
        error: { text in self.texts.withLock { $0.error += text } })
      return command.perform(verb, arguments, ["modlab"] + words, console)
    } catch let failure as Failure {
      texts.withLock { $0.error += "\(failure)\n" }
      return failure.exitCode
    } catch {
      return .internalError
    }
  }
}
