import Foundation
import Runner
import Store

/// The options and verbs that the executors of the program bring along.
package enum ExecutorOptions {
  /// `--executor`, and the options of each.
  static func options(_ executors: Executors) -> [Option] {
    let standard = executors.list[0].name
    let exceptions = executors.batchSystems.map {
      "\($0.name) while \($0.words.aJob) of the folder is alive"
    }
    return [
      Option(
        "executor", .choice(executors.list.map(\.name)),
        otherwise: exceptions.isEmpty
          ? standard : exceptions.joined(separator: ", ") + ", else \(standard)",
        "where workers run")
    ]
      + executors.list.flatMap(\.options).map { option in
        Option(
          option.name,
          .text(placeholder: option.placeholder, completion: .words(option.words)),
          isRepeatable: true, option.summary)
      }
  }

  /// How the runs of a request are to be computed.
  package static func execution(
    _ invocation: Invocation, _ request: PlanRequest
  ) throws -> ExecutionRequest {
    let arguments = invocation.arguments
    var texts: [String: [String]] = [:]
    for option in invocation.executors.list.flatMap(\.options) {
      let given = arguments.texts(option.name)
      if !given.isEmpty { texts[option.name] = given }
    }
    return ExecutionRequest(
      request, executor: arguments.text("executor"),
      workerLimit: arguments.text("workers") == nil ? nil : request.workers,
      isFailFast: arguments.flag("fail-fast"),
      dataFolder: ManifestOptions.dataFolder(arguments).path,
      heartbeat: try arguments.requiredNumber("heartbeat", atLeast: 0.1), options: texts)
  }

  /// The verbs with which tasks of batch systems compute their runs; not for users.
  static func taskVerbs(_ executors: Executors) -> [Verb] {
    executors.batchSystems.compactMap(\.taskVerb).map { task in
      Verb(
        task.name, task.summary,
        operand: Operand(
          task.operand, .exactly(1), completion: .files(["json"]), task.operandSummary),
        isHidden: true
      ) { invocation in
        try task.perform(
          invocation.arguments.operands[0], ProcessInfo.processInfo.environment,
          { try? StandardStream.output.write($0) })
      }
    }
  }
}
