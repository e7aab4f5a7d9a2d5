import ExperimentKit
import Foundation
import Runner
import Store

/// The command line of modlab.
public struct ModlabCommand: Sendable {
  private let registry: KindRegistry
  private let executors: Executors
  private let build: BuildRecord
  /// All verbs and options.
  public let grammar: Grammar

  /// Creates the command line.
  ///
  /// - Parameters:
  ///   - registry: the kinds of experiments that manifests may name.
  ///   - executors: what can compute runs.
  ///   - science: verbs that know networks and masks; this module knows neither.
  ///   - build: the sources of the program.
  public init(
    registry: KindRegistry, executors: Executors = .all, science: [Verb], build: BuildRecord
  ) {
    self.registry = registry
    self.executors = executors
    self.build = build
    grammar = Grammar(
      program: "modlab",
      summary: "which weights does a network use for which function, and are they shared?",
      verbs: [
        RunVerb.verb(executors), PlanVerb.verb, StatusVerb.verb, SummarizeVerb.verb, CheckVerb.verb,
        ReportVerb.verb,
        VerifyVerb.verb, GarbageVerb.verb, ShowVerb.verb, DiffVerb.verb, ExportVerb.verb,
      ] + science + [
        DataVerb.verb, DoctorVerb.verb, CompletionVerb.verb, VersionVerb.verb, ReferenceVerb.verb,
        WorkerVerb.verb,
      ] + ExecutorOptions.taskVerbs(executors))
  }

  /// Does what a command line asks for.
  ///
  /// - Parameter commandLine: all words, the name of the program first.
  /// - Returns: the status to leave with.
  public func run(_ commandLine: [String]) -> ExitCode {
    let environment = ProcessInfo.processInfo.environment
    let words = Array(commandLine.dropFirst())
    do {
      switch try grammar.parse(words) {
      case .help(let path, let arguments):
        let console = Console.standard(arguments, environment: environment)
        return Self.report(to: console) {
          let text = HelpText.text(grammar: grammar, path: path)
          try console.result(text)
          try console.record("modlab-help-1", ["text": .string(text)])
          return .success
        }
      case .version(let arguments):
        let console = Console.standard(arguments, environment: environment)
        return Self.report(to: console) {
          try VersionVerb.show(build, console)
          return .success
        }
      case .perform(let verb, let arguments):
        let console = Console.standard(arguments, environment: environment)
        return perform(verb, arguments, commandLine, console)
      }
    } catch {
      // The options were not understood; those that concern messages are honoured as far as
      // possible.
      return Self.report(to: Self.console(of: words, environment)) { throw error }
    }
  }

  /// Does what a verb with checked arguments asks for.
  func perform(
    _ verb: Verb, _ arguments: Arguments, _ commandLine: [String], _ console: Console
  ) -> ExitCode {
    guard let action = verb.action else { preconditionFailure("'\(verb.name)' is a group") }
    return Self.report(to: console) {
      try action(
        Invocation(
          arguments: arguments, console: console, registry: registry, executors: executors,
          grammar: grammar, build: build, commandLine: commandLine))
    }
  }

  /// Shows every error the same way.
  private static func report(to console: Console, _ body: () throws -> ExitCode) -> ExitCode {
    do {
      return try body()
    } catch let failure as Failure {
      console.report(failure)
      return failure.exitCode
    } catch {
      console.report(
        Failure(
          .internalError, "internal error: \(error)",
          help: "please report this with the command line"))
      return .internalError
    }
  }

  private static func console(of words: [String], _ environment: [String: String]) -> Console {
    var arguments = Arguments(defaultsOf: Grammar.commonOptions)
    let options = words.prefix { $0 != "--" }
    if options.contains("--json") { arguments.values["json"] = [""] }
    for choice in ["always", "never"] where options.contains("--color=\(choice)") {
      arguments.values["color"] = [choice]
    }
    return Console.standard(arguments, environment: environment)
  }
}
